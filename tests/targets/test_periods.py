"""The company's own periods: quota periods with free dates, campaigns and stages."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from common.tenancy import company_scope
from targets.models import QuotaPeriod
from targets.queries.periods import own_periods
from targets.services.periods import PeriodRefused, add_quota_period, change_quota_period, remove_quota_period
from tests.signing_in import BACKEND

Kind = QuotaPeriod.Kind


def add(name, first, ends_before, *, kind=Kind.QUOTA, campaign=None, by=None):
    return add_quota_period(name=name, kind=kind, campaign=campaign, starts_on=first, ends_before=ends_before, by=by)


class TestAddQuotaPeriod:
    def test_takes_any_days_and_leaves_a_trace(self, lantern):
        row = add("Summer", date(2026, 5, 31), date(2026, 8, 31), by=lantern.amir.user)
        assert (row.last_day, row.period.days) == (date(2026, 8, 30), 92)
        assert AuditEntry.objects.get(action="targets.period.added").after["last_day"] == "2026-08-30"

    def test_the_day_after_one_is_the_first_of_the_next(self, lantern):
        add("Spring", date(2026, 3, 1), date(2026, 5, 31))
        add("Summer", date(2026, 5, 31), date(2026, 8, 31))
        assert [own.row.name for own in own_periods()] == ["Summer", "Spring"]

    @pytest.mark.parametrize(("first", "ends_before"), [((2026, 8, 30), (2026, 9, 9)), ((2026, 5, 1), (2026, 6, 1))])
    def test_refuses_days_that_another_of_its_kind_has(self, lantern, first, ends_before):
        add("Summer", date(2026, 5, 31), date(2026, 8, 31))
        with pytest.raises(PeriodRefused) as refusal:
            add("Autumn", date(*first), date(*ends_before))
        assert refusal.value.code == "overlaps"
        assert "Summer" in refusal.value.reason
        assert QuotaPeriod.objects.count() == 1

    def test_a_campaign_may_lie_across_quota_periods_and_its_stages_inside_it(self, lantern):
        add("Spring", date(2026, 2, 1), date(2026, 5, 1))
        fair = add("Fair", date(2026, 4, 25), date(2026, 5, 8), kind=Kind.CAMPAIGN)
        add("Before", date(2026, 4, 25), date(2026, 5, 1), kind=Kind.STAGE, campaign=fair)
        add("Holiday", date(2026, 5, 1), date(2026, 5, 4), kind=Kind.STAGE, campaign=fair)
        listed = {own.row.name: [stage.row.name for stage in own.stages] for own in own_periods()}
        assert listed == {"Fair": ["Before", "Holiday"], "Spring": []}

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"kind": Kind.STAGE}, "no_campaign"),
            ({"first": date(2026, 5, 2), "ends_before": date(2026, 5, 2)}, "backwards"),
            ({"ends_before": date(2028, 5, 2)}, "too_long"),
        ],
    )
    def test_refuses_what_is_no_period(self, lantern, given, code):
        about = {"name": "x", "first": date(2026, 5, 1), "ends_before": date(2026, 6, 1)} | given
        with pytest.raises(PeriodRefused) as refusal:
            add(**about)
        assert refusal.value.code == code
        assert not QuotaPeriod.objects.exists()

    def test_refuses_a_stage_that_sticks_out_of_its_campaign(self, lantern):
        fair = add("Fair", date(2026, 4, 25), date(2026, 5, 8), kind=Kind.CAMPAIGN)
        with pytest.raises(PeriodRefused) as refusal:
            add("After", date(2026, 5, 6), date(2026, 5, 9), kind=Kind.STAGE, campaign=fair)
        assert refusal.value.code == "outside_campaign"
        assert "2026-05-07" in refusal.value.reason

    def test_the_database_refuses_an_overlap_by_itself(self, lantern):
        add("Summer", date(2026, 5, 31), date(2026, 8, 31))
        with pytest.raises(IntegrityError), transaction.atomic():
            QuotaPeriod.objects.create(name="x", kind=Kind.QUOTA, starts_on=date(2026, 8, 30), ends_before=date(2026, 9, 1))


class TestChangeQuotaPeriod:
    def test_changes_name_and_days(self, lantern):
        row = add("Summer", date(2026, 5, 31), date(2026, 8, 31))
        change_quota_period(
            quota_period=row, name="Long summer", starts_on=date(2026, 5, 31), ends_before=date(2026, 9, 5), by=None
        )
        assert QuotaPeriod.objects.get().last_day == date(2026, 9, 4)

    def test_a_campaign_is_not_shortened_below_its_stages(self, lantern):
        fair = add("Fair", date(2026, 4, 25), date(2026, 5, 8), kind=Kind.CAMPAIGN)
        add("End", date(2026, 5, 4), date(2026, 5, 8), kind=Kind.STAGE, campaign=fair)
        with pytest.raises(PeriodRefused) as refusal:
            change_quota_period(quota_period=fair, name="Fair", starts_on=fair.starts_on, ends_before=date(2026, 5, 7), by=None)
        assert refusal.value.code == "stage_outside"
        assert QuotaPeriod.objects.get(pk=fair.pk).ends_before == date(2026, 5, 8)


class TestRemoveQuotaPeriod:
    def test_a_campaign_goes_after_its_stages(self, lantern):
        fair = add("Fair", date(2026, 4, 25), date(2026, 5, 8), kind=Kind.CAMPAIGN)
        stage = add("End", date(2026, 5, 4), date(2026, 5, 8), kind=Kind.STAGE, campaign=fair)
        with pytest.raises(PeriodRefused):
            remove_quota_period(quota_period=fair, by=None)
        remove_quota_period(quota_period=stage, by=None)
        remove_quota_period(quota_period=fair, by=None)
        assert not QuotaPeriod.objects.exists()


class TestPages:
    def test_the_admin_adds_one_by_its_last_day(self, cast, client):
        client.force_login(cast.amir.user, backend=BACKEND)
        given = {"name": "Summer", "kind": "QUOTA", "starts_on": "2026-05-31", "last_day": "2026-08-30"}
        assert client.post("/lantern/targets/periods/add/", given).status_code == 302
        with company_scope(cast.lantern):
            assert QuotaPeriod.objects.get().ends_before == date(2026, 8, 31)
        assert "2026-08-30" in client.get("/lantern/targets/periods/").content.decode()
        again = client.post("/lantern/targets/periods/add/", given | {"name": "Other"})
        assert again.status_code == 422
        assert "has some of these days" in again.content.decode()

    @pytest.mark.parametrize(
        "bad", [{"last_day": "x"}, {"last_day": "9999-12-31"}, {"kind": "STAGE"}, {"starts_on": "2026-09-01"}]
    )
    def test_says_at_the_field_what_is_wrong(self, cast, client, bad):
        client.force_login(cast.amir.user, backend=BACKEND)
        given = {"name": "Summer", "kind": "QUOTA", "starts_on": "2026-05-31", "last_day": "2026-08-30"} | bad
        page = client.post("/lantern/targets/periods/add/", given)
        assert page.status_code == 422
        assert "invalid-feedback" in page.content.decode()
