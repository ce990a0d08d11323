"""mart_attribution of a sample world, recomputed in exact fractions from the published facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration.settings import Settings
from tests.dbt_funnel.entrants import Row, rows

Credits = list[Fraction]
UTC = ZoneInfo("UTC")
LOOKBACK = 90
HALF_LIFE = timedelta(days=7)
SMALL = 1e-9
UNATTRIBUTED = "unattributed"
MODELS = ("first", "last", "linear", "u_shaped", "w_shaped", "full_path", "time_decay")
# Anchors that a model knows, besides the first touch, and the share of all of them.
ANCHORS = {
    "u_shaped": (("lead",), Fraction(8, 10)),
    "w_shaped": (("lead", "opportunity"), Fraction(9, 10)),
    "full_path": (("lead", "opportunity", "closing"), Fraction(9, 10)),
}


@dataclass(frozen=True)
class Moment:
    at: datetime
    is_date_only: bool
    zone: ZoneInfo

    @property
    def day(self) -> date:
        if self.is_date_only:
            return self.at.date()
        return self.at.replace(tzinfo=UTC).astimezone(self.zone).date()

    def is_after(self, other: Moment) -> bool:
        if self.is_date_only or other.is_date_only:
            return self.day > other.day
        return self.at > other.at

    def is_within_lookback_of(self, conversion: Moment) -> bool:
        if self.is_date_only or conversion.is_date_only:
            return (conversion.day - self.day).days <= LOOKBACK
        return conversion.at - self.at <= timedelta(days=LOOKBACK)


@dataclass(frozen=True)
class Conversion:
    kind: str
    key: str
    lead: str
    when: Moment
    known_at: datetime
    amount: float | None
    milestones: dict[str, Moment]

    @property
    def week(self) -> date:
        return self.when.day - timedelta(days=self.when.day.weekday())


@dataclass(frozen=True)
class Touch:
    when: Moment
    channel: str | None
    campaign: str | None

    @property
    def order(self) -> tuple[date, bool, datetime, str]:
        return self.when.day, self.when.is_date_only, self.when.at, self.campaign or ""


@pytest.fixture(scope="module")
def conversions(marts: duckdb.DuckDBPyConnection, settings: Settings) -> list[Conversion]:
    zone = settings.zone
    created = {
        row["lead_id"]: Moment(row["created_at"], False, zone)
        for row in rows(marts, "select lead_id, created_at from marts.dim_leads")
    }
    events = rows(marts, "from marts.fct_lifecycle_events")
    first: dict[tuple[str, int, str], tuple[Moment, datetime]] = {}
    for event in events:
        moment = Moment(event["entered_at"], event["is_date_only"], zone)
        key = event["lead_id"], event["segment_number"], event["stage"]
        held = first.get(key)
        order = (moment.day, moment.is_date_only, moment.at)
        if held is None or order < (held[0].day, held[0].is_date_only, held[0].at):
            first[key] = moment, event["known_at"]
    found = []
    mqls_known = {(e["lead_id"], e["entered_at"]): e["known_at"] for e in events if e["stage"] == "mql"}

    def add(
        kind: str, key: str, lead: str, segment: int | None, when: Moment, known_at: datetime, **others: Any
    ) -> None:
        milestones = {"lead": created[lead]} | others.pop("milestones", {})
        opportunity = first.get((lead, segment or 0, "opportunity"))
        if opportunity and opportunity[1] <= known_at and not opportunity[0].is_after(when):
            milestones["opportunity"] = opportunity[0]
        if kind in ("customer", "won_amount"):
            milestones["closing"] = when
        found.append(Conversion(kind, key, lead, when, known_at, others.get("amount"), milestones))

    for row in rows(marts, "from marts.fct_mql_episodes"):
        when = Moment(row["mql_at"], row["mql_at_is_date_only"], zone)
        assert not when.is_date_only  # the sample world has instants
        known_at = max(when.at, mqls_known.get((row["lead_id"], when.at), when.at))
        add("mql", row["mql_episode_id"], row["lead_id"], row["segment_number"], when, known_at)
    for (lead, segment, stage), (when, known_at) in first.items():
        if stage in ("sql", "opportunity", "customer"):
            add(stage, f"{lead}-{segment}", lead, segment, when, known_at)
    for row in rows(marts, "from marts.fct_opportunities where is_won and lead_id is not null"):
        # A closing of which only the date is known was known when that day was over.
        at, known_at = row["closed_at"], row["closed_known_at"]
        is_date_only = at == datetime.combine(at.date(), datetime.min.time()) and known_at > at
        add(
            *(
                "won_amount",
                row["opportunity_id"],
                row["lead_id"],
                None,
                Moment(at, is_date_only, zone),
                known_at,
            ),
            amount=row["amount"],
            milestones={"opportunity": Moment(row["created_at"], False, zone)},
        )
    return found


@pytest.fixture(scope="module")
def touches_of_leads(marts: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    by_lead = defaultdict(list)
    for row in rows(marts, "from marts.fct_touches"):
        by_lead[row["lead_id"]].append(row)
    return by_lead


def touches_of(conversion: Conversion, of_lead: list[Row]) -> list[Touch]:
    zone = conversion.when.zone
    days: dict[tuple[str | None, date], list[Touch]] = defaultdict(list)
    for row in of_lead:
        until = row["known_until"]
        when = Moment(row["touched_at"], row["is_date_only"], zone)
        if (
            row["known_at"] <= conversion.known_at
            and (until is None or until > conversion.known_at)
            and not when.is_after(conversion.when)
            and when.is_within_lookback_of(conversion.when)
        ):
            days[row["campaign_id"], when.day].append(Touch(when, row["channel"], row["campaign_id"]))
    found = []
    for same in days.values():
        same.sort(key=lambda touch: (touch.when.is_date_only, touch.when.at))
        channel = next((touch.channel for touch in same if touch.channel is not None), None)
        found.append(Touch(same[0].when, channel, same[0].campaign))
    campaign_days = [touch.when.day for touch in found if touch.campaign is not None]
    brought = [
        touch
        for touch in found
        if touch.campaign is not None or all(touch.when.day < day for day in campaign_days)
    ]
    return sorted(brought, key=lambda touch: touch.order)


def anchored(model: str, conversion: Conversion, touches: list[Touch]) -> Credits:
    names, share = ANCHORS[model]
    if model == "u_shaped" and len(touches) == 2:
        return [Fraction(1, 2)] * 2
    parts = Counter([0])
    for name in names:
        milestone = conversion.milestones.get(name)
        before = [i for i, touch in enumerate(touches) if milestone and not touch.when.is_after(milestone)]
        if before:
            parts[before[-1]] += 1
    others = len(touches) - len(parts)
    anchors_share = share if others else Fraction(1)
    return [
        anchors_share * parts[i] / parts.total() if i in parts else (1 - share) / others
        for i in range(len(touches))
    ]


def decayed(conversion: Conversion, touches: list[Touch]) -> Credits:
    ages = [max(conversion.when.at - touch.when.at, timedelta()) / HALF_LIFE for touch in touches]
    weights = [Fraction(2.0**-age) for age in ages]
    return [weight / sum(weights) for weight in weights]


def credits_of(model: str, conversion: Conversion, touches: list[Touch]) -> Credits:
    count = len(touches)
    if model in ANCHORS:
        return anchored(model, conversion, touches)
    if model == "time_decay":
        return decayed(conversion, touches)
    if model == "linear":
        return [Fraction(1, count)] * count
    credited = 0 if model == "first" else count - 1
    return [Fraction(int(i == credited)) for i in range(count)]


def test_credits_are_those_of_the_published_touches(
    marts: duckdb.DuckDBPyConnection, conversions: list[Conversion], touches_of_leads: dict[str, list[Row]]
) -> None:
    credit: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    amount: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    touch_counts = Counter[int]()
    too_early = later = 0
    for conversion in conversions:
        of_lead = touches_of_leads[conversion.lead]
        touches = touches_of(conversion, of_lead)
        touch_counts[len(touches)] += 1
        for row in of_lead:
            when = Moment(row["touched_at"], row["is_date_only"], conversion.when.zone)
            later += when.is_after(conversion.when)
            too_early += not when.is_within_lookback_of(conversion.when)
        for model in MODELS:
            places = [(touch.channel or "(none)", touch.campaign or "(none)") for touch in touches]
            parts = credits_of(model, conversion, touches) if touches else [Fraction(1)]
            assert sum(parts) == 1
            for place, part in zip(places or [(UNATTRIBUTED, UNATTRIBUTED)], parts, strict=True):
                if part:
                    key = (model, conversion.kind, conversion.week, *place)
                    credit[key] += part
                    if conversion.amount is not None:
                        amount[key] += part * Fraction(conversion.amount)
    # The world has conversions of every shape: without a touch, with one, two, and enough for every anchor.
    assert {0, 1, 2, 3, 4} <= set(touch_counts)
    assert min(too_early, later) > 20

    published = {
        (row["model"], row["conversion"], row["week"], row["channel"], row["campaign_id"]): row
        for row in rows(marts, "from marts.mart_attribution")
    }
    assert published.keys() == credit.keys()
    for key, row in published.items():
        assert row["credit"] == pytest.approx(float(credit[key]), abs=SMALL), key
        expected = float(amount[key]) if key in amount else None
        assert row["amount"] == (None if expected is None else pytest.approx(expected, abs=1e-6)), key


def test_credits_of_one_conversion_sum_to_1_in_every_model(
    built_workspace: Any, conversions: list[Conversion]
) -> None:
    sums = ", ".join(f"sum({model}_credit) as {model}" for model in MODELS)
    with duckdb.connect(str(built_workspace.workspace.warehouse), read_only=True) as warehouse:
        credited = rows(
            warehouse,
            f"select conversion, conversion_id, {sums}"  # noqa: S608
            " from intermediate.int_attribution_credits group by all",
        )
    assert len(credited) == len(conversions)
    assert {row["conversion_id"] for row in credited} == {conversion.key for conversion in conversions}
    for row in credited:
        assert [row[model] for model in MODELS] == pytest.approx([1.0] * len(MODELS), abs=SMALL)


def test_credits_of_every_model_sum_to_the_conversions_of_the_funnel(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    counted = {
        "mql": "select count(*) from marts.fct_mql_episodes",
        "won_amount": "select count(*) from marts.fct_opportunities where is_won and lead_id is not null",
    } | {
        stage: "select count(distinct (lead_id, segment_number))"  # noqa: S608
        f" from marts.fct_lifecycle_events where stage = '{stage}'"
        for stage in ("sql", "opportunity", "customer")
    }
    won = rows(
        marts, "select sum(amount) a from marts.fct_opportunities where is_won and lead_id is not null"
    )
    sums = rows(
        marts,
        "select model, conversion, sum(credit) as credit, sum(amount) as amount"
        " from marts.mart_attribution group by all",
    )
    assert len(sums) == len(MODELS) * len(counted)
    for row in sums:
        [[expected]] = marts.execute(counted[row["conversion"]]).fetchall()
        assert row["credit"] == pytest.approx(expected, abs=1e-9 * expected)
        if row["conversion"] == "won_amount":
            assert row["amount"] == pytest.approx(won[0]["a"])
        else:
            assert row["amount"] is None


def test_touches_hold_what_leads_did_and_how_they_came(marts: duckdb.DuckDBPyConnection) -> None:
    not_own = "('email_sent', 'bounce', 'other', 'call', 'meeting', 'unsubscribe')"
    done = marts.execute(
        "select lead_id, activity_id, occurred_at, campaign_id from marts.fct_activities"  # noqa: S608
        f" where campaign_id is not null and not is_bot and activity_type not in {not_own} order by all"
    ).fetchall()
    published = marts.execute(
        "select lead_id, touch_id, touched_at, campaign_id"
        " from marts.fct_touches where kind = 'activity' order by all"
    ).fetchall()
    assert done
    assert published == done

    came = marts.execute(
        "select lead_id, channel, created_at from marts.dim_leads where channel is not null order by all"
    ).fetchall()
    creations = marts.execute(
        "select lead_id, channel, touched_at"
        " from marts.fct_touches where kind = 'creation' and known_until is null order by all"
    ).fetchall()
    assert came
    assert creations == came


def test_memberships_and_responses_are_those_of_the_extracts(
    built_workspace: Any, marts: duckdb.DuckDBPyConnection
) -> None:
    lead_of = {
        key: row["lead_id"]
        for row in rows(marts, "select lead_id, source_ids from marts.dim_leads")
        for key in row["source_ids"]
    }
    members: dict[tuple[str, str], list[Row]] = defaultdict(list)
    with duckdb.connect(str(built_workspace.workspace.warehouse), read_only=True) as warehouse:
        for row in rows(
            warehouse,
            """
            select coalesce('salesforce:contact:' || ContactId, 'salesforce:lead:' || LeadId) as person,
                CampaignId as campaign, CreatedDate as at,
                if(HasResponded, FirstRespondedDate, null) as responded
            from raw.salesforce_campaign_member where not coalesce(IsDeleted, false)
            union all
            select 'marketo:lead:' || m.leadId, coalesce(p.sfdcId, p.id), m.membershipDate,
                if(m.reachedSuccess, m.reachedSuccessDate, null)
            from raw.marketo_program_member as m
            inner join raw.marketo_program as p on m.programId = p.id
            """,
        ):
            if row["person"] in lead_of:
                members[lead_of[row["person"]], row["campaign"]].append(row)
    published = rows(marts, "from marts.fct_touches where kind in ('membership', 'response')")
    joined = {
        (r["lead_id"], r["campaign_id"]): r["touched_at"] for r in published if r["kind"] == "membership"
    }
    assert joined == {key: min(row["at"] for row in held) for key, held in members.items()}
    answered = {(r["lead_id"], r["campaign_id"]) for r in published if r["kind"] == "response"}
    assert answered == {key for key, held in members.items() if any(row["responded"] for row in held)}
    assert answered
