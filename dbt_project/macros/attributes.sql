{# Attributes whose logged changes make history, with their types. #}
{% macro tracked_attributes() -%}
    {{ return({
        'email': 'varchar', 'title': 'varchar', 'company': 'varchar', 'industry': 'varchar', 'employee_count': 'bigint',
        'annual_revenue': 'double', 'country': 'varchar', 'lead_source': 'varchar',
    }) }}
{%- endmacro %}

{# Attributes that are only known as they are now. #}
{% macro untracked_attributes() -%}
    {{ return(['seniority', 'job_role', 'budget', 'is_student', 'custom_1', 'custom_2', 'custom_3', 'custom_4', 'custom_5']) }}
{%- endmacro %}

{# Attributes that scoring rules, exclusions and paths may name. #}
{% macro scored_attributes() -%}
    {{ return([
        'title', 'seniority', 'job_role', 'industry', 'employee_count', 'annual_revenue', 'budget', 'country', 'email_domain',
        'is_free_mail', 'is_student', 'company', 'channel', 'custom_1', 'custom_2', 'custom_3', 'custom_4', 'custom_5',
    ]) }}
{%- endmacro %}

{# All attributes of a lead as one comparable value. #}
{% macro attribute_row() -%}
    row(email, {{ scored_attributes() | join(', ') }})
{%- endmacro %}
