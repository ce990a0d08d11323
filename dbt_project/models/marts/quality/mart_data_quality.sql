-- One row per load × file: what became of every record of an extract file.
select
    cast(load as bigint) as load,
    file,
    vendor,
    object,
    {%- for counted in ['records', 'loaded', 'superseded', 'quarantined', 'blank_lines', 'footer_lines'] %}
    cast({{ counted }} as bigint) as {{ counted }},
    {%- endfor %}
    cast(reasons as varchar) as reasons
from {{ source('loading', '_files') }}
