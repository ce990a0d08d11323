-- One row per lead and period [valid_from, valid_to) in which none of its attributes changed, over all its records.
-- depends_on: {{ ref('int_channel_touches') }} whatever the setting: Dagster's graph is read before the settings are known
{%- set is_last_touch = var('channel_basis') == 'last_touch' %}
with
{%- if is_last_touch %}
touches as materialized (
    select lead_id, known_at, channel from {{ ref('int_channel_touches') }}
),
{% endif %}
states as (
    select p.lead_id, h.*, coalesce(m.channel, h.lead_source) as channel
    from {{ ref('int_lead_record_history') }} as h
    inner join {{ ref('int_lead_identity') }} as p on h.record_key = p.record_key
    left join {{ ref('int_channel_names') }} as m
        on split_part(h.record_key, ':', 1) = m.vendor and h.lead_source = m.lead_source
    where not p.is_person_deleted
),

instants as (
    select distinct lead_id, valid_from from states
    {%- if is_last_touch %}
    union
    select lead_id, known_at from touches
    {%- endif %}
),

-- The strongest record that knows an attribute gives it; the channel is that of the first touch, or by setting of the last one.
combined as (
    select
        i.lead_id,
        i.valid_from,
        {%- for attribute in record_attributes() if attribute != 'lead_source' %}
        arg_min(s.{{ attribute }}, (s.priority, s.created_at, s.record_key)) as {{ attribute }},
        {%- endfor %}
        arg_min(s.channel, (s.created_at, s.record_key)) as channel,
        bool_or(s.is_logged) as is_logged
    from instants as i
    inner join states as s
        on i.lead_id = s.lead_id and s.valid_from <= i.valid_from and (s.valid_to is null or i.valid_from < s.valid_to)
    group by i.lead_id, i.valid_from
),

derived as (
    select
        c.lead_id,
        c.valid_from,
        c.email,
        nullif(split_part(c.email, '@', 2), '') as email_domain,
        c.title,
        coalesce(c.seniority, t.seniority) as seniority,
        c.job_role,
        c.company,
        c.industry,
        c.employee_count,
        c.annual_revenue,
        c.budget,
        c.country,
        f.email_domain is not null as is_free_mail,
        coalesce(c.is_student, t.seniority = 'student', false) as is_student,
        {{ 'coalesce(touch.channel, c.channel) as channel' if is_last_touch else 'c.channel' }},
        {%- for n in range(1, 6) %}
        c.custom_{{ n }},
        {%- endfor %}
        not c.is_logged as is_reconstructed
    from combined as c
    left join {{ ref('int_title_seniority') }} as t on c.title = t.title
    left join {{ ref('free_mail_domains') }} as f on split_part(c.email, '@', 2) = f.email_domain
    {%- if is_last_touch %}
    asof left join touches as touch on c.lead_id = touch.lead_id and c.valid_from >= touch.known_at
    {%- endif %}
),

changed as (
    select * from derived
    qualify {{ attribute_row() }} is distinct from lag({{ attribute_row() }}) over (partition by lead_id order by valid_from)
)

select
    *,
    lead(valid_from) over (partition by lead_id order by valid_from) as valid_to
from changed
