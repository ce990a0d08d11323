-- One row per Marketo program and person: the newest version known by the as-of day.
select
    programId as program_id,
    leadId as marketo_lead_id,
    {{ clean_text('statusName') }} as status,
    coalesce(reachedSuccess, false) as has_reached_success,
    reachedSuccessDate as reached_success_at,
    membershipDate as member_at,
    coalesce(createdAt, membershipDate) as created_at
from {{ source('raw', 'marketo_program_member') }}
{{ newest_version("programId, leadId", "coalesce(updatedAt, createdAt, membershipDate)") }}
