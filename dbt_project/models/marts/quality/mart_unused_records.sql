-- One row per raw table, reason and detail for which loaded records tell nothing, with how many and what helps.
with
unused as (
    select object, reason, vendor_type as detail, records from {{ ref('int_unused_activities') }}
    union all by name
    select object, reason, '' as detail, records from {{ ref('int_unused_links') }}
),

remedies (reason, remedy) as (
    values
        ('unknown_type', 'Add a row for this type to seeds/activity_types.csv (`none` where it is no activity of a person).'),
        ('no_activity', 'Nothing to do: seeds/activity_types.csv says `none`, it is no activity of a person.'),
        ('no_person', 'The record names nobody, or only an e-mail address that no contact or several people have: export all contacts, or the person''s id.'),
        ('unknown_person', 'The person is in no extract (or was created after the as-of day): export all leads, contacts, prospects, also converted ones.'),
        ('deleted_person', 'Nothing to do: every record of the person is deleted.'),
        ('not_yet_known', 'Nothing to do: it became known only after the as-of day.'),
        ('plan', 'Nothing to do: an open task is a plan; it counts once it is completed.'),
        ('unknown_opportunity', 'The opportunity is in no extract: export opportunities (deals) over the same period.'),
        ('unknown_campaign', 'The campaign (program) is in no extract: export all campaigns (programs); a response counts only with its campaign.'),
        ('unknown_event', 'The event (engagement) it belongs to is in no extract: export events over the same period.'),
        ('no_lead', 'No converted lead and no contact on the opportunity is a person we know: export contact roles (associations) and contacts.')
)

select
    u.object as source_table,
    u.reason,
    u.detail,
    cast(sum(u.records) as bigint) as records,
    any_value(r.remedy) as remedy
from unused as u
left join remedies as r on u.reason = r.reason
group by u.object, u.reason, u.detail
