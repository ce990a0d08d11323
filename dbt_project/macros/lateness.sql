{#
  Which rows came late (semantics, known_at). To apply it to a log, join and take the greatest:

      select …, {{ known_at('h.changed_at') }} as known_at
      from {{ ref('stg_salesforce__lead_history') }} as h
      {{ join_late_records('salesforce_lead_history', 'h.change_id') }}

  Activities are done in int_activities. Unit tests of a model that joins give `ref('int_late_records')` with rows: [].
#}

{% macro join_late_records(object, record_id, alias='late') -%}
left join {{ ref('int_late_records') }} as {{ alias }} on {{ alias }}.object = '{{ object }}' and {{ alias }}.record_id = {{ record_id }}
{%- endmacro %}

{# The source's own time, or the extract that first held the row where an earlier one should have; greatest() passes over nulls. #}
{% macro known_at(own_known_at, alias='late') -%}
    greatest({{ own_known_at }}, {{ alias }}.known_from)
{%- endmacro %}

{# Id of a logged change that its source does not number. #}
{% macro change_record_id(record_id, field, changed_at, change_id="''", value="''") -%}
    ({{ record_id }} || ':' || coalesce({{ field }}, '') || ':' || epoch_us({{ changed_at }}) || ':' || coalesce({{ change_id }}, '')
        || ':' || coalesce({{ value }}, ''))
{%- endmacro %}

{# change_id of stg_hubspot__contact_changes and stg_hubspot__deal_changes, from the raw columns. #}
{% macro property_change_id(record_id) -%}
    concat_ws('|', {{ record_id }}, trim(name), epoch_us("timestamp"), coalesce(trim(value), ''))
{%- endmacro %}

{# A submission of a form; a connector's conversion is one per form and contact, the API's has an id of its own. #}
{% macro form_submission_key() -%}
    ('hubspot:form_submission:' || coalesce(contact_id, lower(trim(email)), '') || ':' || form_id || ':' || epoch_us("timestamp")
        || ':' || coalesce(conversion_id, ''))
{%- endmacro %}

{#
  Every object whose rows can come late. object: its name in int_late_records; table: in raw, if named otherwise; record_id; at: a time
  of the record that no version of it is known before. Of activities int_raw_activities tells the times to judge by; of others it is `at`.
#}
{% macro dated_objects() -%}
    {{ return([
        {'object': 'marketo_activity', 'record_id': 'marketoGUID', 'at': 'activityDate', 'is_activity': true},
        {'object': 'salesforce_task', 'record_id': 'Id', 'at': 'CreatedDate', 'is_activity': true},
        {'object': 'salesforce_event', 'record_id': 'Id', 'at': 'CreatedDate', 'is_activity': true},
        {'object': 'salesforce_campaign_member', 'record_id': 'Id', 'at': 'CreatedDate', 'is_activity': true},
        {'object': 'hubspot_email_event', 'record_id': record_key('hubspot', 'email_event', 'id'), 'at': 'created', 'is_activity': true},
        {'object': 'hubspot_form_submission', 'record_id': form_submission_key(), 'at': 'timestamp', 'is_activity': true},
        {'object': 'hubspot_engagement', 'record_id': record_key('hubspot', 'engagement', 'id'),
            'at': 'coalesce(hs_createdate, hs_timestamp)', 'is_activity': true},
        {'object': 'pardot_visitor_activity', 'record_id': record_key('pardot', 'visitor_activity', 'id'), 'at': 'created_at',
            'is_activity': true},
        {'object': 'mapped_activity', 'record_id': 'activity_id', 'at': 'occurred_at', 'is_activity': true},
        {'object': 'salesforce_lead_history', 'record_id': 'Id', 'at': 'CreatedDate'},
        {'object': 'salesforce_contact_history', 'record_id': 'Id', 'at': 'CreatedDate'},
        {'object': 'salesforce_opportunity_history', 'record_id': 'Id', 'at': 'CreatedDate'},
        {'object': 'salesforce_opportunity_field_history', 'record_id': 'Id', 'at': 'CreatedDate'},
        {'object': 'hubspot_contact_property_history', 'record_id': property_change_id('contact_id'), 'at': 'timestamp'},
        {'object': 'hubspot_deal_property_history', 'record_id': property_change_id('deal_id'), 'at': 'timestamp'},
        {'object': 'mapped_lead_change', 'record_id': change_record_id('lead_id', 'field', 'changed_at', 'change_id', 'new_value'),
            'at': 'changed_at', 'is_date': 'changed_at_is_date'},
        {'object': 'mapped_opportunity_change', 'record_id': change_record_id('opportunity_id', 'stage', 'changed_at', 'change_id'),
            'at': 'changed_at', 'is_date': 'changed_at_is_date'},
        {'object': 'salesforce_opportunity', 'record_id': 'Id', 'at': 'CreatedDate'},
        {'object': 'hubspot_deal', 'record_id': record_key('hubspot', 'deal', 'hs_object_id'), 'at': 'createdate'},
        {'object': 'pardot_opportunity', 'record_id': record_key('pardot', 'opportunity', 'id'), 'at': 'created_at'},
        {'object': 'mapped_opportunity', 'record_id': 'opportunity_id', 'at': 'created_at', 'is_date': 'created_at_is_date'},
        {'object': 'salesforce_campaign_membership', 'table': 'salesforce_campaign_member', 'record_id': 'Id', 'at': 'CreatedDate'},
        {'object': 'marketo_program_membership', 'table': 'marketo_program_member', 'record_id': "(programId || ':' || leadId)",
            'at': 'membershipDate'},
        {'object': 'mapped_campaign_membership', 'table': 'mapped_campaign_member', 'record_id': "(campaign_id || ':' || lead_id)",
            'at': 'coalesce(responded_at, created_at)', 'is_date': 'coalesce(responded_at_is_date, created_at_is_date)'},
    ]) }}
{%- endmacro %}

{# Raw tables of the dated objects, each with the time its extracts are measured by. #}
{% macro dated_tables() -%}
    {%- set tables = {} -%}
    {%- for dated in dated_objects() -%}
        {%- do tables.setdefault(dated.get('table', dated.object), dated.at) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}
