"""Joiners, leavers and transfers in a campaign with targets of its own; and joiners who are to have none at all."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import translation

from accounts.models import AuditEntry, User
from accounts.rules import Role
from common.periods import Period
from common.tenancy import company_scope
from targets.models import Adjustment, Exemption, QuotaPeriod, StagePlan, StageStep
from targets.queries.prorating import cases_in, propose_case
from targets.queries.stage_versions import stage_sheet_on
from targets.queries.stages import stage_sheet_of
from targets.rules import Balance
from targets.services import adjustments, exemptions, stages
from targets.services.metrics import add_builtin_metrics
from targets.services.periods import add_quota_period, change_quota_period
from teams import services as teams
from tests.targets.published import JUNE, MAY, NOW, TODAY, commits, key_of, publish_2026, table

Kind = Adjustment.Kind
#: Monday 1 June to Friday 12 June 2026: ten working days, and four behind them.
FIRST, LAST = Period(date(2026, 6, 1), date(2026, 6, 15)), Period(date(2026, 6, 15), date(2026, 6, 19))
#: The sixth working day of the first stage.
GONE = date(2026, 6, 8)


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with company_scope(cast.lantern), translation.override("en"), time_machine.travel(NOW, tick=False):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    return publish_2026(lantern)


@pytest.fixture
def campaign(lantern, plan):
    """Two stages in June, published in May with what the months hold for them."""
    by, kinds = lantern.amir.user, QuotaPeriod.Kind
    about = {"starts_on": FIRST.starts_on, "ends_before": LAST.ends_before, "by": by}
    own = add_quota_period(name="Spring", kind=kinds.CAMPAIGN, **about)
    for name, span in (("Opening", FIRST), ("Finish", LAST)):
        about = {"starts_on": span.starts_on, "ends_before": span.ends_before, "by": by}
        add_quota_period(name=name, kind=kinds.STAGE, campaign=own, **about)
    made = stages.start_stages(plan=plan, own=own, by=by)
    return stages.publish_stages(stage_plan=made, now=NOW, by=by)


def rows_of(campaign, cast):
    return stage_sheet_of(StagePlan.objects.select_related("plan__metric", "own").get(pk=campaign.pk), company=cast.lantern)


def asked(campaign, cast, key):
    return [cell.commit for cell in rows_of(campaign, cast).sheet.of(key)]


def cases(plan, until=date(2026, 8, 1)):
    return cases_in(table(plan), since=date(2026, 5, 1), until=until)


def request(cast, plan, case, balance, **also):
    return adjustments.request_adjustment(
        plan=plan,
        proposed=propose_case(table(plan), case, balance=balance, **also),
        kind=case.kind,
        balance=balance,
        from_on=case.on,
        reason="because",
        about=case.name,
        subject=case.key,
        now=NOW,
        today=TODAY,
        by=cast.bela.user,
    )


def settle(cast, plan, case, balance, **also):
    made = request(cast, plan, case, balance, **also)
    return adjustments.approve(adjustment=made, now=NOW, today=TODAY, by=cast.amir.user)


def swap_stages(own, *, by):
    """Let the finish be the first week of June and the opening what follows; by way of May, since stages do not overlap."""
    opening, finish = own.stages.order_by("starts_on")
    may, june = date(2026, 5, 25), date(2026, 6, 5)
    for row, starts_on, ends_before in (
        (own, may, own.ends_before),
        (finish, may, date(2026, 5, 29)),
        (opening, june, own.ends_before),
        (finish, own.starts_on, june),
        (own, own.starts_on, own.ends_before),
    ):
        change_quota_period(quota_period=row, name=row.name, starts_on=starts_on, ends_before=ends_before, by=by)


def leave(cast, day=GONE):
    teams.end_employment(person=cast.asha.person, left_on=day, reason="moved away", by=cast.amir.user)


class TestCampaigns:
    def test_a_leaver_keeps_the_days_they_worked_in_a_stage_and_the_others_take_the_rest(self, lantern, plan, campaign):
        key, whole = key_of(lantern.asha, lantern.one), rows_of(campaign, lantern)
        first, last = asked(campaign, lantern, key)
        unit = asked(campaign, lantern, whole.nodes[key].parent)
        leave(lantern)
        [case] = cases(plan)
        settle(lantern, plan, case, Balance.SIBLINGS)
        assert asked(campaign, lantern, key) == [pytest.approx(first / 2, abs=1), 0]
        assert asked(campaign, lantern, whole.nodes[key].parent) == unit
        after = rows_of(campaign, lantern)
        assert after.sheet.gaps(after.root.key) == []
        assert last and commits(plan, key)[JUNE + 1] == 0
        assert cases(plan) == []

    def test_whoever_asks_sees_it_first_and_the_campaign_keeps_the_step(self, lantern, plan, campaign):
        key = key_of(lantern.asha, lantern.one)
        before = asked(campaign, lantern, key)
        leave(lantern)
        [case] = cases(plan)
        proposed = propose_case(table(plan), case, balance=Balance.SIBLINGS)
        assert [cell.commit for cell in proposed.stages[campaign.pk].changes[key]][1] == 0
        assert asked(campaign, lantern, key) == before
        made = settle(lantern, plan, case, Balance.SIBLINGS)
        step = StageStep.objects.filter(stage_plan=campaign).first()
        assert step.verb == StageStep.Verb.ADJUST
        assert step.inputs["adjustment"] == made.pk

    def test_a_transfer_takes_the_rest_of_the_campaign_along(self, lantern, plan, campaign):
        old, new = key_of(lantern.asha, lantern.one), key_of(lantern.asha, lantern.two)
        before = asked(campaign, lantern, old)
        teams.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=GONE, by=lantern.amir.user)
        [case] = cases(plan)
        settle(lantern, plan, case, Balance.PARENTS)
        left, taken = asked(campaign, lantern, old), asked(campaign, lantern, new)
        assert [a + b for a, b in zip(left, taken, strict=True)] == before
        assert left[1] == 0 and taken[1] == before[1]
        after = rows_of(campaign, lantern)
        assert after.sheet.gaps(after.root.key) == []

    def test_what_was_settled_in_the_months_alone_is_still_open_in_a_campaign(self, lantern, plan, campaign):
        leave(lantern)
        [case] = cases(plan)
        settle(lantern, plan, case, Balance.SIBLINGS)
        # As one that was settled before campaigns followed.
        Adjustment.objects.update(stages={})
        sheet = rows_of(campaign, lantern)
        key = key_of(lantern.asha, lantern.one)
        assert any(asked(campaign, lantern, key)) and sheet.root
        [left] = cases(plan)
        assert not left.is_in_months
        assert propose_case(table(plan), left, balance=Balance.SIBLINGS).changes == {}

    def test_a_draft_follows_the_months_when_it_is_worked_out_and_is_left_alone(self, lantern, plan, campaign):
        stages.withdraw_stages(stage_plan=campaign, reason="too much", by=lantern.amir.user)
        before = asked(campaign, lantern, key_of(lantern.asha, lantern.one))
        leave(lantern)
        [case] = cases(plan)
        assert case.campaigns == ()
        settle(lantern, plan, case, Balance.SIBLINGS)
        assert asked(campaign, lantern, key_of(lantern.asha, lantern.one)) == before

    def test_an_adjustment_does_not_fit_any_more_once_the_campaign_asks_for_less(self, lantern, plan, campaign):
        leave(lantern)
        [case] = cases(plan)
        made = request(lantern, plan, case, Balance.DIFFERENCE)
        stages.withdraw_stages(stage_plan=campaign, reason="less", by=lantern.amir.user)
        key = key_of(lantern.asha, lantern.one)
        edits = [stages.StageEdit(key, 1, 0, None)]
        stages.set_stages(stage_plan=campaign, edits=edits, tier="commit", by=lantern.amir.user)
        before = commits(plan, key)
        with pytest.raises(adjustments.AdjustmentRefused) as refused:
            adjustments.approve(adjustment=made, now=NOW, today=TODAY, by=lantern.amir.user)
        assert refused.value.code == "no_longer_fits"
        assert commits(plan, key) == before

    def test_an_adjustment_finds_its_stages_where_they_have_changed_places(self, lantern, plan, campaign):
        key, by = key_of(lantern.asha, lantern.one), lantern.amir.user
        first, last = asked(campaign, lantern, key)
        leave(lantern)
        [case] = cases(plan)
        made = request(lantern, plan, case, Balance.DIFFERENCE)
        stages.withdraw_stages(stage_plan=campaign, reason="the finish comes first", by=by)
        swap_stages(campaign.own, by=by)
        stages.publish_stages(stage_plan=campaign, now=NOW, by=by)
        with time_machine.travel(NOW + timedelta(days=1), tick=False):
            adjustments.approve(adjustment=made, now=NOW + timedelta(days=1), today=TODAY, by=by)
        assert asked(campaign, lantern, key) == [0, pytest.approx(first / 2, abs=1)]
        step = StageStep.objects.filter(stage_plan=campaign).first()
        stood = stage_sheet_on(step.stage_plan, NOW.date(), company=lantern.lantern)
        assert [cell.commit for cell in stood.sheet.of(key)] == [last, first]

    def test_an_adjustment_does_not_fit_a_campaign_whose_stage_is_gone(self, lantern, plan, campaign):
        leave(lantern)
        [case] = cases(plan)
        made = request(lantern, plan, case, Balance.DIFFERENCE)
        Adjustment.objects.update(stages={pk: kept | {"stages": [1, 2]} for pk, kept in made.stages.items()})
        with pytest.raises(adjustments.AdjustmentRefused) as refused:
            adjustments.approve(adjustment=made, now=NOW, today=TODAY, by=lantern.amir.user)
        assert refused.value.code == "no_longer_fits"

    def test_a_joiner_after_the_campaign_began_to_count_gets_a_usual_part_of_it(self, lantern, plan, campaign):
        person = teams.hire(
            name="Nina", employee_number="n1", hired_on=GONE, unit=lantern.one, role=Role.REP, by=lantern.amir.user
        )
        [case] = cases(plan)
        assert (case.kind, len(case.campaigns)) == (Kind.JOINED, 1)
        settle(lantern, plan, case, Balance.SIBLINGS, share="WHOLE")
        mates = [row.key for row in rows_of(campaign, lantern).children_of(f"u{lantern.one.pk}") if row.person_id != person.pk]
        first, last = asked(campaign, lantern, f"p{person.pk}-{lantern.one.pk}")
        assert last and first
        after = rows_of(campaign, lantern)
        assert after.sheet.gaps(after.root.key) == []
        assert mates and cases(plan) == []


class TestExemptions:
    def join(self, cast):
        return teams.hire(
            name="Nina", employee_number="n1", hired_on=date(2026, 5, 4), unit=cast.one, role=Role.REP, by=cast.amir.user
        )

    def test_a_joiner_who_is_to_have_none_is_not_listed_until_it_is_taken_back(self, lantern, plan):
        person = self.join(lantern)
        assert [case.kind for case in cases(plan)] == [Kind.JOINED]
        made = exemptions.exempt(plan=plan, person=person, reason="sits in the office", by=lantern.bela.user)
        assert exemptions.exempt(plan=plan, person=person, reason="again", by=lantern.bela.user) == made
        assert cases(plan) == []
        exemptions.lift(exemption=made, by=lantern.amir.user)
        exemptions.lift(exemption=made, by=lantern.amir.user)
        assert [case.name for case in cases(plan)] == ["Nina"]
        trail = AuditEntry.objects.filter(about_model="targets.exemption").order_by("pk")
        assert [(entry.action, entry.by) for entry in trail] == [
            ("targets.exemption.made", lantern.bela.user),
            ("targets.exemption.withdrawn", lantern.amir.user),
        ]

    def test_takes_a_reason_and_hides_nobody_who_left(self, lantern, plan):
        person = self.join(lantern)
        with pytest.raises(adjustments.AdjustmentRefused):
            exemptions.exempt(plan=plan, person=person, reason="  ", by=lantern.bela.user)
        assert not Exemption.objects.exists()
        exemptions.exempt(plan=plan, person=lantern.asha.person, reason="wrongly", by=lantern.bela.user)
        leave(lantern, TODAY)
        assert {case.kind for case in cases(plan)} == {Kind.JOINED, Kind.LEFT}
        assert commits(plan, key_of(lantern.asha, lantern.one))[MAY]
