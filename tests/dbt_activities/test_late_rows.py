"""What an earlier explicit extract should have held and did not is known only from the one that holds it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.building import Built, Rows, build_extracts

LEAD, CAMPAIGN = "00QAA000001aaaaAAA", "701AA000001aaaaAAA"
ACTIVITY = "marketoGUID,leadId,activityDate,activityTypeId,primaryAttributeValue,attributes\n"
TASK = (
    "Id,WhoId,Subject,Status,IsClosed,TaskSubtype,ActivityDate,CompletedDateTime,CreatedDate,SystemModstamp\n"
)
HISTORY = "Id,LeadId,Field,OldValue,NewValue,CreatedDate\n"
MEMBER = "Id,CampaignId,LeadId,Status,HasResponded,FirstRespondedDate,CreatedDate,SystemModstamp\n"


def manifest(month: str, last: str) -> str:
    """Activities of the month only; all tasks, changes and members there are."""
    return f"""\
extracts:
  - {{object: marketo_activity, extracted_at: {last}, covers_from: {month}-01, covers_to: {last}}}
  - {{object: salesforce_task, extracted_at: {last}, full: true}}
  - {{object: salesforce_lead_history, extracted_at: {last}, full: true}}
  - {{object: salesforce_campaign_member, extracted_at: {last}, full: true}}
"""


def views(*rows: str) -> str:
    """GUID and time of page visits."""
    return ACTIVITY + "".join(f"{row},1,/blog,{{}}\n".replace("|", ",7,") for row in rows)


def task(number: str, subject: str, closed: str) -> str:
    return f"00TAA00000{number}aaaAAA,{LEAD},{subject},Done,{closed}\n"


OPENED = task("1", "opened", "false,Call,,,2026-01-03T09:00:00Z,2026-01-03T09:00:00Z")
DONE = task("1", "opened", "true,Call,,2026-02-05T09:00:00Z,2026-01-03T09:00:00Z,2026-02-05T09:00:00Z")
LOGGED_LATER = task(
    "2", "logged", "true,Call,,2026-01-20T09:00:00Z,2026-02-03T09:00:00Z,2026-02-03T09:00:00Z"
)
OVERLOOKED_DAY = task("3", "day", "true,Call,2026-01-20,,2026-01-20T09:00:00Z,2026-01-20T09:00:00Z")
CHANGE = f"017AA00000%saaaAAA,{LEAD},Status,New,Working,2026-01-0%sT09:00:00Z\n"
CHANGES = {number: CHANGE % (number, number) for number in "79"}
MEMBERSHIP = (
    f"00vAA000001aaaaAAA,{CAMPAIGN},{LEAD},Attended,true,2026-01-22,"
    "2026-01-21T09:00:00Z,2026-01-22T09:00:00Z\n"
)

ALWAYS = {
    "leads/marketo.csv": "id,email,createdAt,updatedAt,sfdcLeadId\n"
    f"7,ann@acme.test,2025-12-01T09:00:00Z,2025-12-01T09:00:00Z,{LEAD}\n",
    "leads/salesforce.csv": "Id,Email,LastName,Company,Status,IsConverted,CreatedDate,SystemModstamp\n"
    f"{LEAD},ann@acme.test,Acme,Acme,New,false,2025-12-01T09:00:00Z,2025-12-01T09:00:00Z\n",
    "campaigns/campaigns.csv": "Id,Name,Type,Status,StartDate,ActualCost,CreatedDate,SystemModstamp\n"
    f"{CAMPAIGN},Fair,Conference,Done,2026-01-01,5,2025-12-01T09:00:00Z,2025-12-01T09:00:00Z\n",
    # Nothing tells when this one was exported.
    "activities/of-whenever.csv": views("undated|2026-01-08T09:00:00Z"),
}
EXTRACTS = {
    "2026-01-31": {
        "bandpass.manifest.yml": manifest("2026-01", "2026-01-31"),
        # two files, one extract
        "activities-one.csv": views("in_one|2026-01-05T09:00:00Z"),
        "activities-two.csv": views("in_two|2026-01-10T09:00:00Z"),
        "tasks.csv": TASK + OPENED,
        "history.csv": HISTORY + CHANGES["7"],
        "members.csv": MEMBER + MEMBERSHIP.replace("001aaaa", "002aaaa").replace("true,2026-01-22", "false,"),
    },
    "2026-02-28": {
        "bandpass.manifest.yml": manifest("2026-02", "2026-02-28"),
        "activities.csv": views(
            "in_two|2026-01-10T09:00:00Z",
            "overlooked|2026-01-12T09:00:00Z",
            "last_instant|2026-01-31T23:59:59.999999Z",
            "next_instant|2026-02-01T00:00:00Z",
        ),
        "tasks.csv": TASK + DONE + LOGGED_LATER + OVERLOOKED_DAY,
        "history.csv": HISTORY + CHANGES["7"] + CHANGES["9"],
        "members.csv": MEMBER + MEMBERSHIP,
    },
    "2026-03-31": {
        "bandpass.manifest.yml": manifest("2026-03", "2026-03-31"),
        "activities.csv": views(
            "overlooked_twice|2026-01-15T09:00:00Z",
            "overlooked_in_february|2026-02-10T09:00:00Z",
            # no extract covers December: that they lack it tells nothing
            "of_december|2025-12-20T09:00:00Z",
            "in_march|2026-03-05T09:00:00Z",
        ),
        "tasks.csv": TASK + DONE + LOGGED_LATER + OVERLOOKED_DAY,
    },
}
END = {day: f"{day} 23:59:59.999999" for day in EXTRACTS}
EXPECTED = {
    "undated": "2026-01-08 09:00:00",
    "in_one": "2026-01-05 09:00:00",
    "in_two": "2026-01-10 09:00:00",
    "overlooked": END["2026-02-28"],
    # the instant in which the extract of January was made: it could hold the row
    "last_instant": END["2026-02-28"],
    "next_instant": "2026-02-01 00:00:00",
    "overlooked_twice": END["2026-03-31"],
    "overlooked_in_february": END["2026-03-31"],
    "of_december": "2025-12-20 09:00:00",
    "in_march": "2026-03-05 09:00:00",
    "00TAA000001aaaAAA": "2026-02-05 09:00:00",
    "00TAA000002aaaAAA": "2026-02-03 09:00:00",
    "00TAA000003aaaAAA": END["2026-02-28"],
    "00vAA000001aaaaAAA": END["2026-02-28"],
}


def write(folder: Path, days: Iterable[str]) -> Path:
    """The extracts made on those days, and what carries no time."""
    files = ALWAYS | {f"{day[:7]}/{name}": text for day in days for name, text in EXTRACTS[day].items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def activities(built: Built, known_by: str) -> Rows:
    found = built.rows(
        "select activity_id, lead_id, activity_type, occurred_at, known_at, is_date_only, campaign_id"
        " from intermediate.int_activities order by activity_id"
    )
    return [row for row in found if row[4] <= datetime.fromisoformat(known_by)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Built:
    extracts = write(tmp_path_factory.mktemp("extracts"), EXTRACTS)
    models = ("int_activities", "int_unused_activities")
    return build_extracts(extracts, tmp_path_factory.mktemp("whole"), *models, as_of=date(2026, 3, 31))


def test_each_row_is_known_from_its_own_time_or_from_the_extract_that_makes_up_for_one_before(
    whole: Built,
) -> None:
    found = whole.rows("select activity_id, known_at from intermediate.int_activities")
    known: dict[str, datetime] = dict(found)
    assert known == {name: datetime.fromisoformat(at) for name, at in EXPECTED.items()}


def test_changes_that_came_late_are_late_records(whole: Built) -> None:
    late = whole.rows(
        "select record_id, known_from from intermediate.int_late_records"
        " where object = 'salesforce_lead_history'"
    )
    assert late == [("017AA000009aaaAAA", datetime.fromisoformat(END["2026-02-28"]))]


def test_every_logged_activity_is_used_or_counted_as_unused(whole: Built) -> None:
    (logged,), (used,), (unused,) = (
        whole.rows(query)[0]
        for query in (
            "select count(*) from intermediate.int_raw_activities",
            "select count(*) from intermediate.int_activities",
            "select coalesce(sum(records), 0) from intermediate.int_unused_activities",
        )
    )
    assert (logged, used, unused) == (len(EXPECTED), len(EXPECTED), 0)


def test_a_build_of_then_equals_what_the_whole_build_says_was_known_then(
    whole: Built, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Replay: as of a day, from the extracts made by it; all but the row that none of them covers."""
    day = "2026-02-28"
    extracts = write(tmp_path, [made for made in EXTRACTS if made <= day])
    folder = tmp_path_factory.mktemp("then")
    then = build_extracts(extracts, folder, "int_activities", as_of=date.fromisoformat(day))
    replayed, known = activities(then, END[day]), activities(whole, END[day])
    assert replayed == [row for row in known if row[0] != "of_december"]
    assert len(replayed) == 10
