{# An account that account-based marketing goes for first: its tier is written `1` or `Tier 1`. #}
{% macro is_tier_1(tier) -%}
    coalesce(regexp_full_match(lower({{ tier }}), '(tier )?1'), false)
{%- endmacro %}

{# What a lead did or said itself: neither what we sent it nor what a source could not name. #}
{% macro is_own_activity(activity_type) -%}
    {{ activity_type }} not in ('email_sent', 'bounce', 'other')
{%- endmacro %}

{# An instant as people read it: date and time in the reporting zone, or the date alone where no more is known. #}
{% macro shown_time(at, is_date_only) -%}
    if({{ is_date_only }}, strftime({{ at }}, '%Y-%m-%d'),
        strftime({% if var('time_zone') == 'UTC' %}{{ at }}{% else %}timezone('{{ var("time_zone") }}', timezone('UTC', {{ at }})){% endif %}, '%Y-%m-%d %H:%M'))
{%- endmacro %}

{# How sales answers a hand-off: by a call or a meeting. #}
{% macro is_sales_touch(activity_type) -%}
    ({{ activity_type }} in ('call', 'meeting'))
{%- endmacro %}

{# Attributes that a form or a salesperson can ask for; seniority follows from the title. #}
{% macro askable_attributes() -%}
    {{ return(scored_attributes() | reject('in', ['email_domain', 'is_free_mail', 'channel']) | list) }}
{%- endmacro %}

{# `lead` would qualify by score with this fit, which a recorded score does not depend on. #}
{% macro meets_criteria(lead, fit) -%}
    {%- if is_score_recorded() -%}
    ({{ meets(lead ~ '.lead_score', lead ~ '.threshold') }})
    {%- else -%}
    ({{ meets(fit ~ ' + ' ~ lead ~ '.engagement_score', lead ~ '.threshold') }}
    and {{ meets(fit, lead ~ '.min_fit') }} and {{ meets(lead ~ '.engagement_score', lead ~ '.min_engagement') }})
    {%- endif %}
{%- endmacro %}
