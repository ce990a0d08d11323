-- One row per version of a source record that is known by the as-of day in several versions: copies with one stamp are one.
with
copies as (
    {%- for copies in [
        'stg_salesforce__lead_copies', 'stg_salesforce__contact_copies', 'stg_marketo__lead_copies',
        'stg_hubspot__contact_copies', 'stg_pardot__prospect_copies', 'stg_mapped__lead_copies',
    ] %}
    select * from {{ ref(copies) }} where versioned_at < {{ as_of_end() }}
    {{- '\n    union all by name' if not loop.last }}
    {%- endfor %}
)

select record_key, versioned_at, cast(recorded_score as double) as recorded_score, {{ record_attributes() | join(', ') }}
from copies
where record_key in (select record_key from copies group by record_key having min(versioned_at) < max(versioned_at))
{{ newest_version('record_key, versioned_at', 'versioned_at') }}
