"""Pages of pay plans: nothing typed is lost, every fault is said where it is to be mended, everybody reads their own plan only."""

import re
from datetime import UTC, date, datetime

import pytest

from incentives.models import Component, PayPlanVersion
from incentives.services import components, plans
from tests.guards.matrix_plans import COMPONENT
from tests.guards.world_plans import commission
from tests.signing_in import BACKEND

JANUARY = date(2026, 1, 1)
NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _january(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def version(lantern):
    by = lantern.hana.user
    found = plans.start_plan(name="Retail", starts_on=JANUARY, by=by).versions.get()
    plans.set_people(version=found, starts_on=JANUARY, roles=["REP"], units=[lantern.one], by=by)
    components.add_component(version=found, draft=commission("CASH_COLLECTED", 5), by=by)
    return PayPlanVersion.objects.get(pk=found.pk)


@pytest.fixture
def page(client, lantern):
    """Open or send a page as somebody; its status and its text."""

    def call(path, body=None, *, as_="hana"):
        client.force_login(getattr(lantern, as_).user, backend=BACKEND)
        path = f"/lantern/pay/plans/{path}"
        answer = client.get(path) if body is None else client.post(path, body)
        return answer.status_code, answer.content.decode()

    return call


def add(version):
    return f"drafts/{version.pk}/add/commission/"


class TestTypingAComponent:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"RATE-0-end": "50", "RATE-1-start": "60", "RATE-1-value": "6"}, "there is a gap"),
            ({"RATE-0-end": "50", "RATE-1-start": "40", "RATE-1-value": "6"}, "overlap"),
            ({"RATE-0-value": "101"}, "more than 100 % is not possible here"),
            ({"RATE-0-value": "-1"}, "The rate in row 1 is negative"),
            ({"RATE-0-start": "-1"}, "Row 1 begins below zero"),
            ({"RATE-0-value": "NaN"}, "NaN"),
            ({"RATE-0-value": "9" * 30}, "too large"),
            ({"RATE-0-value": "1e9999"}, "1e9999"),
            ({"RATE-0-value": ""}, "A value is needed"),
            ({"chosen_by": "ATTAINMENT"}, "Choose whose attainment decides"),
            ({"paid_at_once": "80"}, "Say when the rest is paid"),
            ({"paid_at_once": "120"}, "between 0 and 100"),
            ({"measure": "SECRETS"}, "SECRETS"),
            ({"cap": "-5"}, "-5"),
            ({"RATE-0-end": "80%"}, "An amount or a number belongs here, not a percentage."),
            ({"RATE-0-end": "12％", "chosen_by": "AGE"}, "An amount or a number belongs here, not a percentage."),
            ({"pays": "AMOUNT", "RATE-0-value": "5 %"}, "An amount or a number belongs here, not a percentage."),
            ({"measure": "DEALS_WON", "RATE-0-value": "5%"}, "An amount or a number belongs here, not a percentage."),
        ],
    )
    def test_says_what_is_wrong_and_keeps_everything(self, page, version, typed, said):
        body = COMPONENT | {"RATE-TOTAL_FORMS": 2, "name": "My very own name", **typed}
        status, text = page(add(version), body)
        assert status == 422
        assert said in text and 'value="My very own name"' in text
        assert version.components.count() == 1

    def test_says_everything_that_is_wrong_at_once(self, page, version):
        rates = {"RATE-0-end": "50", "RATE-0-value": "-2", "RATE-1-start": "60", "RATE-1-value": "130"}
        _status, text = page(add(version), COMPONENT | {"RATE-TOTAL_FORMS": 2, "paid_at_once": "120", **rates})
        for said in ("row 1 is negative", "there is a gap", "more than 100 % is not possible", "between 0 and 100"):
            assert said in text

    def test_folds_nothing_away_that_was_said(self, page, version):
        folds = r'<details class="plan-more"( open)?>'
        assert re.findall(folds, page(add(version))[1]) == ["", "", ""]
        said = {"RATE-0-value": "-2", "paid_at_once": "80", "whose": "TEAM"}
        assert re.findall(folds, page(add(version), COMPONENT | said)[1]) == [" open", "", " open"]

    def test_ends_a_row_where_the_next_begins(self, page, version):
        body = COMPONENT | {"RATE-TOTAL_FORMS": 2, "RATE-1-start": "5万", "RATE-1-value": "8%"}
        assert page(add(version), body)[0] == 302
        rows = version.components.get(measure="REVENUE").steps.order_by("position")
        assert list(rows.values_list("starts_at", "ends_before", "value")) == [(0, 50000, 5), (50000, None, 8)]

    def test_is_named_after_what_it_pays_for_where_nobody_names_it(self, page, version):
        page(add(version), COMPONENT)
        assert Component.objects.get(measure="REVENUE").name == "Commission on Revenue"

    def test_says_it_in_words_before_it_is_saved(self, page, version):
        status, text = page(f"drafts/{version.pk}/preview/commission/", COMPONENT)
        assert status == 200 and "5\u00a0% of Revenue" in text
        assert version.components.count() == 1
        assert "of Revenue" not in page(f"drafts/{version.pk}/preview/commission/", COMPONENT | {"RATE-0-value": "-2"})[1]

    @pytest.mark.parametrize(
        "body", [{}, {"RATE-TOTAL_FORMS": "x"}, COMPONENT | {"RATE-TOTAL_FORMS": "99999"}, COMPONENT | {"key": "x"}]
    )
    def test_of_a_broken_form_is_refused(self, page, version, body):
        assert page(add(version), body)[0] == 422
        assert page(f"drafts/{version.pk}/preview/commission/", body)[0] == 200


class TestTwoEditors:
    def test_second_is_told_and_may_then_save_what_was_typed(self, page, version):
        seen = version.revision
        assert page(add(version), COMPONENT | {"seen": seen})[0] == 302
        status, text = page(add(version), COMPONENT | {"seen": seen, "name": "Second"})
        assert status == 422 and "Somebody else has changed this draft" in text and 'value="Second"' in text
        version.refresh_from_db()
        assert f'name="seen" value="{version.revision}"' in text
        assert page(add(version), COMPONENT | {"seen": version.revision, "name": "Second"})[0] == 302

    def test_of_people_and_days_alike(self, page, version):
        body = {"starts_on": "2026-04-01", "roles": "MANAGER", "seen": version.revision - 1}
        status, text = page(f"drafts/{version.pk}/whom/", body)
        assert status == 422 and 'value="2026-04-01"' in text


class TestPublished:
    @pytest.fixture(autouse=True)
    def _published(self, version, lantern):
        plans.publish(version=version, now=NOW, by=lantern.hana.user)

    def test_version_refuses_every_change_in_plain_words(self, page, version):
        component = version.components.get()
        for path in (add(version), f"drafts/{version.pk}/components/{component.pk}/"):
            status, text = page(path, COMPONENT)
            assert status == 422 and "A published version never changes" in text
        assert page(f"drafts/{version.pk}/components/{component.pk}/remove/", {})[0] == 302
        assert Component.objects.get() == component and component.steps.get().value == 5

    def test_plan_is_read_in_words_by_who_is_paid_by_it_and_nobody_else(self, page, version):
        assert "5\u00a0% of Cash collected" in page(f"{version.plan_id}/", as_="asha")[1]
        assert "Retail" in page("", as_="asha")[1]
        assert page(f"{version.plan_id}/", as_="ben")[0] == 404
        assert "Retail" not in page("", as_="ben")[1]
        assert page(f"{version.plan_id}/", as_="boris")[0] == 404
        assert page(f"{version.plan_id}/people/", as_="asha")[0] == 404

    def test_plan_names_to_a_manager_only_whom_they_lead(self, page, version, lantern):
        by = lantern.hana.user
        second = plans.begin_version(plan=version.plan, starts_on=date(2026, 4, 1), by=by)
        plans.set_people(version=second, starts_on=date(2026, 4, 1), roles=["REP"], by=by)
        plans.publish(version=second, now=NOW, by=by)
        status, text = page(f"{version.plan_id}/people/?version=2", as_="bela")
        assert status == 200 and "Asha" in text and "Ben" not in text and "1 more person" in text

    def test_drafts_are_not_told_to_who_is_paid(self, page, version, lantern):
        draft = plans.begin_version(plan=version.plan, starts_on=date(2026, 4, 1), by=lantern.hana.user)
        assert page(f"{version.plan_id}/?version={draft.number}", as_="asha")[0] == 404
        assert page(f"{version.plan_id}/?version={draft.number}", as_="hana")[0] == 200
