-- A returned row is a conversion whose credits in some model do not sum to 1, or some credit of it is outside [0, 1].
select conversion, conversion_id
from {{ ref('int_attribution_credits') }}
group by conversion, conversion_id
having
    {%- for model in attribution_models() %}
    abs(sum({{ model }}_credit) - 1) > 1e-9 or min({{ model }}_credit) < 0{{ ' or' if not loop.last }}
    {%- endfor %}
