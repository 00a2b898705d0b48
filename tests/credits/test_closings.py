"""Closing a period: what is looked at first, what it keeps, what it refuses, and the pages about it."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import AuditEntry
from common.periods import Period
from common.tenancy import company_scope
from credits import rollups as totals
from credits import services
from credits.closing_checks import findings_in
from credits.models import Closing, Credit, DirtyDay
from credits.queries import closings
from deals.models import Deal
from exchange.models import Import
from targets.models import Attainment
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import MARCH_3, make_customer, make_deal
from tests.signing_in import BACKEND

MARCH_1, APRIL_1, APRIL_9, MAY_1 = date(2026, 3, 1), date(2026, 4, 1), date(2026, 4, 9), date(2026, 5, 1)
MARCH = Period(MARCH_1, APRIL_1)


@pytest.fixture
def lantern(cast):
    """Asha sold for 100 in March; it is May."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        cast.deal = make_deal(cast.asha.person, amount=100)
        services.post_all()
        yield cast


def close(ends_before=APRIL_1, *, today=MAY_1, by=None):
    return services.close_period(ends_before=ends_before, today=today, by=by)


def refused(code, **arguments):
    before = Closing.objects.count()
    with pytest.raises(services.ClosingRefused) as refusal, transaction.atomic():
        close(**arguments)
    assert refusal.value.code == code
    assert Closing.objects.count() == before
    return refusal.value.reason


class TestClosePeriod:
    def test_begins_with_the_ledger_and_goes_on_where_the_last_one_ended(self, lantern):
        first, second = close(APRIL_1, by=lantern.dora.user), close(MAY_1)
        assert (first.starts_on, first.ends_before, first.closed_by) == (MARCH_1, APRIL_1, lantern.dora.user)
        assert (second.starts_on, second.ends_before) == (APRIL_1, MAY_1)
        assert list(AuditEntry.objects.filter(action="credits.closing.closed").values_list("by", flat=True)) == [
            None,
            lantern.dora.user.pk,
        ]

    def test_keeps_what_the_ledger_added_up_to(self, lantern):
        kept = close().sums
        assert kept["REVENUE"]["amount"] == 100_00
        assert kept == closings.sums_of(MARCH)
        assert {measure: kept[measure]["credits"] for measure in kept} == dict.fromkeys(kept, 1)

    def test_finishes_the_figures_of_the_period(self, lantern):
        assert DirtyDay.objects.exists()
        close()
        assert Attainment.objects.get(metric__code="revenue", span="MONTH", person=lantern.asha.person).numerator == 100_00
        assert not DirtyDay.objects.exists()

    @pytest.mark.parametrize(("ends_before", "today"), [(APRIL_1, MARCH_3), (APRIL_1, date(2026, 3, 31))])
    def test_refuses_a_period_that_is_not_over(self, lantern, ends_before, today):
        refused("not_over", ends_before=ends_before, today=today)

    def test_takes_a_period_whose_last_day_was_yesterday(self, lantern):
        assert close(APRIL_1, today=APRIL_1)

    @pytest.mark.parametrize("ends_before", [APRIL_1, MARCH_3, date(2026, 1, 1)])
    def test_refuses_what_is_closed_already(self, lantern, ends_before):
        close()
        assert "2026-03-31" in refused("closed_already", ends_before=ends_before)

    def test_refuses_while_the_ledger_differs_from_its_facts(self, lantern):
        make_deal(lantern.asha.person, amount=1)
        assert "Revenue" in refused("blocked")

    def test_refuses_while_a_file_is_being_imported(self, lantern):
        upload = Import.objects.create(kind="DEALS", file_name="march.xlsx", content=b"", status=Import.Status.RUNNING)
        assert "march.xlsx" in refused("blocked")
        Import.objects.filter(pk=upload.pk).update(status=Import.Status.DONE)
        assert close()


class TestFindings:
    def test_are_none_when_all_is_settled(self, lantern):
        totals.take_dirty_days()
        assert findings_in(MARCH) == []

    def test_name_what_is_not_settled(self, lantern):
        make_deal(None, amount=5)
        services.post_all()
        make_deal(lantern.asha.person, status=Deal.Status.OPEN, expected_on=MARCH_3)
        make_deal(lantern.asha.person, status=Deal.Status.OPEN, expected_on=APRIL_1)
        Import.objects.create(kind="DEALS", file_name="march.xlsx", content=b"", status=Import.Status.READY)
        found = findings_in(MARCH)
        assert [(finding.text.split(" ")[0], finding.is_blocking) for finding in found] == [
            ("1", False),
            ("1", False),
            ("1", False),
            ("The", False),
        ]
        assert "1 fact credits nobody" in found[0].text
        assert "1 open deal " in found[1].text
        assert found[1].query == {"status": "OPEN", "expected_since": "2026-03-01", "expected_until": "2026-03-31"}
        assert "march.xlsx" in found[3].text


class TestProof:
    def test_says_unchanged_whatever_arrives_later(self, lantern):
        close()
        make_deal(lantern.ben.person, amount=7)
        Deal.objects.filter(pk=lantern.deal.pk).update(amount=40)
        services.post_all()
        (row,) = closings.closing_rows()
        assert row.is_unchanged
        assert row.restatements == Credit.objects.restated().count() > 0

    def test_says_changed_when_a_row_was_slipped_in(self, lantern):
        close()
        Credit.objects.create(day=MARCH_3, counts_on=MARCH_3, measure="VISITS", amount=0, source="VISIT", source_id=1)
        assert not closings.closing_rows()[0].is_unchanged

    def test_counts_restatements_for_the_period_their_day_lies_in(self, lantern):
        close(APRIL_1)
        close(MAY_1)
        for person, day in ((lantern.ben, date(2025, 7, 1)), (lantern.ben, APRIL_9), (lantern.ada, APRIL_9)):
            make_deal(person.person, amount=7, closed_on=day)
        services.post_all()
        april, march = closings.closing_rows()
        # Revenue, profit, deals won, deals closed, each; what lies before the first closing belongs to it.
        assert (march.restatements, april.restatements) == (4, 8)
        by_person = closings.restatements(closing=Closing.objects.get(pk=april.pk), person=lantern.ada.person)
        assert by_person.count() == 4
        assert closings.restatements(unit=lantern.two).count() == 8


class TestTheCommands:
    def test_close_and_reconcile(self, lantern, capsys, time_machine):
        time_machine.move_to("2026-05-01T09:00:00+08:00")
        call_command("close_period", company="lantern", until="2026-03-31", look=True)
        assert not Closing.objects.exists()
        call_command("close_period", company="lantern", until="2026-03-31", by="dora@example.com")
        assert Closing.objects.get().closed_by == lantern.dora.user
        call_command("reconcile", company="lantern")
        assert "2026-03-01 to 2026-03-31   unchanged since closing" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("until", "words"), [("2026-13-01", "no day"), ("2026-05-01", "not over"), ("2026-03-31", "closed until")]
    )
    def test_say_why_they_refuse(self, lantern, until, words, time_machine):
        time_machine.move_to("2026-05-01T09:00:00+08:00")
        close()
        with pytest.raises(CommandError, match=words):
            call_command("close_period", company="lantern", until=until)

    def test_fail_when_a_closed_period_changed(self, lantern):
        close()
        Credit.objects.create(day=MARCH_3, counts_on=MARCH_3, measure="VISITS", amount=0, source="VISIT", source_id=1)
        with pytest.raises(CommandError, match="from its closings"):
            call_command("reconcile", company="lantern")


class TestPages:
    @pytest.fixture
    def page(self, lantern, client, time_machine):
        time_machine.move_to("2026-05-11T09:00:00+08:00")
        client.force_login(lantern.dora.user, backend=BACKEND)

        def get(path, **given):
            return client.get(f"/lantern/figures/{path}", given).content.decode()

        return get

    def test_say_what_will_happen_then_close(self, page, lantern, client):
        assert "Nothing is closed yet" in page("closings/")
        outlook = page("closings/close/")
        assert 'value="2026-04-30"' in outlook
        assert "cannot be opened again" in outlook
        answer = client.post("/lantern/figures/closings/close/", {"last_day": "2026-03-31"}, follow=True).content.decode()
        assert "2026-03-01 – 2026-03-31" in answer
        assert "unchanged" in answer
        assert "unchanged" in page("ledger/")

    def test_say_so_when_every_month_that_is_over_is_closed(self, page, lantern):
        close(ends_before=date(2026, 5, 1))
        opened = page("closings/close/")
        assert "Every month that is over is closed" in opened
        assert "invalid-feedback" not in opened
        assert "cannot be opened again" in page("closings/close/", last_day="2026-05-05")

    def test_offer_no_button_while_something_blocks(self, page, lantern):
        make_deal(lantern.asha.person, amount=1)
        outlook = page("closings/close/", last_day="2026-03-31")
        assert "has to be settled" in outlook
        assert "Close the period" not in outlook

    def test_lead_to_the_very_deals_that_were_expected(self, page, lantern, client):
        march, april = (
            make_deal(lantern.asha.person, status=Deal.Status.OPEN, expected_on=day, opened_on=MARCH_3)
            for day in (MARCH_3, APRIL_1)
        )
        outlook = page("closings/close/", last_day="2026-03-31")
        address = next(link.partition('"')[0] for link in outlook.split('href="')[1:] if link.startswith("/lantern/deals/"))
        listed = client.get(address.replace("&amp;", "&")).content.decode()
        assert (march.number in listed, april.number in listed) == (True, False)

    @pytest.mark.parametrize("last_day", ["", "x", "\x00", "2026-05-11", "9999-12-31", "0001-01-01"])
    def test_bear_nonsense(self, page, client, last_day):
        for ask in (client.get, client.post):
            assert ask("/lantern/figures/closings/close/", {"last_day": last_day}).status_code == 200
        assert not Closing.objects.exists()

    def test_list_what_arrived_late(self, page, lantern):
        close()
        late = make_deal(lantern.ben.person, amount="7.77", customer=make_customer())
        services.post_deals([late.pk])
        shown = page("restatements/")
        assert f"/deals/{late.pk}/" in shown
        assert "¥7.77" in shown
        assert "2026-04-01" in shown
        assert "¥7.77" not in page("restatements/", person=lantern.asha.person.pk)
        assert "¥7.77" in page("restatements/", closing=Closing.objects.get().pk, unit=lantern.two.pk)
        assert "¥7.77" in page("restatements/", closing="x", unit="\x00")
