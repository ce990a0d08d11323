{# The lead score is the vendor's own, as recorded (setting score_basis), instead of the sum of our rules. #}
{% macro is_score_recorded() -%}
    {{ return(var('score_basis') == 'recorded') }}
{%- endmacro %}

{#
  Join of a lead's recorded score as known at `at`; nothing where scores come from rules. Dagster's graph is read before the
  settings are known, so a model depends on the same ones whatever the setting.
#}
{% macro join_recorded_score(lead_id, at) -%}
    {%- do ref('int_recorded_scores') -%}
    {%- if is_score_recorded() -%}
    asof left join {{ ref('int_recorded_scores') }} as recorded on {{ lead_id }} = recorded.lead_id and {{ at }} >= recorded.known_at
    {%- endif -%}
{%- endmacro %}

{# The score that decides: a vendor's knows no parts of its own, so nothing of it is left out of a marketing score. #}
{% macro lead_score_from(fit_score, engagement_score) -%}
    {%- if is_score_recorded() -%}
    coalesce(recorded.score, 0.0)
    {%- else -%}
    {{ fit_score }} + {{ engagement_score }}
    {%- endif -%}
{%- endmacro %}

{# The score has no history: at any time it is taken to be that of the export. #}
{% macro score_is_as_of_export() -%}
    {{ 'coalesce(recorded.is_as_of_export, false)' if is_score_recorded() else 'false' }}
{%- endmacro %}
