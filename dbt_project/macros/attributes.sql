{# Attributes that a source record holds and whose changes make history, with their types. #}
{% macro record_attributes() -%}
    {{ return({
        'email': 'varchar', 'title': 'varchar', 'seniority': 'varchar', 'job_role': 'varchar', 'company': 'varchar',
        'industry': 'varchar', 'employee_count': 'bigint', 'annual_revenue': 'double', 'budget': 'double',
        'country': 'varchar', 'is_student': 'boolean', 'lead_source': 'varchar', 'custom_1': 'varchar',
        'custom_2': 'varchar', 'custom_3': 'varchar', 'custom_4': 'varchar', 'custom_5': 'varchar',
    }) }}
{%- endmacro %}

{# Attributes that the account of a record gives where the record itself does not know them. #}
{% macro account_attributes() -%}
    {{ return(['industry', 'employee_count', 'annual_revenue', 'country']) }}
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
