"""The life of a statement: who brings it further, when it is sealed, what it posts."""

from datetime import UTC, datetime

import pytest

from accounts.models import AuditEntry
from incentives.models import PayEntry, Statement, StatementEvent, StatementLine
from incentives.models.sealing import SealedRow
from incentives.queries.statements import Reviewers, approvable_ids, own_statements, statements_in_sight, statements_led, sum_of
from incentives.rules.terms import LineKind, Status
from incentives.services import statements as services
from teams.queries import sight_of
from tests.incentives.payslips import APRIL, KNOWN_AT, NOW, TODAY, bring, draft, published


def sight(member):
    return sight_of(membership=member.membership, on=TODAY)


def approve(cast, *statements, who="bela"):
    member = getattr(cast, who)
    return services.approve(statements=[s.pk for s in statements], decider=member.person, now=NOW, by=member.user)


class TestApproving:
    def test_brings_a_draft_to_hr_with_a_step_in_its_history(self, lantern):
        statement = draft(lantern.asha.person, lantern.one)
        assert approve(lantern, statement).done == 1
        statement.refresh_from_db()
        assert (statement.status, statement.approved_at) == (Status.APPROVED, NOW)
        assert [event.made_by for event in statement.events.all()] == [lantern.bela.user]
        assert AuditEntry.objects.get(action="incentives.statement.approved").after["people"] == 1

    def test_leaves_ones_own_and_takes_the_others(self, lantern):
        own, other = draft(lantern.bela.person, lantern.one), draft(lantern.asha.person, lantern.one)
        assert approve(lantern, own, other) == services.Outcome(1, {"own": 1})
        own.refresh_from_db()
        assert own.status == Status.DRAFT and not own.events.exists()

    def test_leaves_what_has_changed_since(self, lantern):
        assert approve(lantern, draft(lantern.asha.person, lantern.one, is_stale=True)).left == {"stale": 1}

    def test_twice_writes_one_step(self, lantern):
        statement = draft(lantern.asha.person, lantern.one)
        assert [approve(lantern, statement).done, approve(lantern, statement).done] == [1, 0]
        assert statement.events.count() == 1


class TestPublishing:
    def test_posts_every_line_and_seals(self, lantern):
        statement = published(lantern.asha.person, lantern.one, lines=((LineKind.EARNED, 500), (LineKind.HELD, -100)))
        assert sorted(PayEntry.objects.values_list("kind", "amount")) == [("EARNED", 500), ("HELD", -100)]
        assert (statement.status, statement.published_at) == (Status.PUBLISHED, NOW)

    def test_twice_posts_once(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        assert services.publish(statements=[statement.pk], now=NOW, by=None).done == 0
        assert PayEntry.objects.count() == 1

    def test_touches_no_draft_of_anybody_else(self, lantern):
        other = draft(lantern.ada.person, lantern.one)
        published(lantern.asha.person, lantern.one)
        other.refresh_from_db()
        assert other.status == Status.DRAFT and not other.is_stale and other.lines.exists()

    def test_refuses_what_hr_has_not_checked(self, lantern):
        statement = bring(draft(lantern.asha.person, lantern.one), Status.APPROVED)
        assert services.publish(statements=[statement.pk], now=NOW, by=None).left == {"step": 1}
        assert not PayEntry.objects.exists()

    def test_refuses_lines_that_do_not_add_up(self, lantern):
        statement = bring(draft(lantern.asha.person, lantern.one), Status.CHECKED)
        Statement.objects.filter(pk=statement.pk).update(total=1)
        assert services.publish(statements=[statement.pk], now=NOW, by=None).left == {"sum": 1}
        assert not PayEntry.objects.exists()

    def test_keeps_the_order_of_months(self, lantern):
        draft(lantern.asha.person, lantern.one)
        april = bring(draft(lantern.asha.person, lantern.one, month=APRIL), Status.CHECKED)
        assert services.publish(statements=[april.pk], now=NOW, by=None).left == {"earlier": 1}

    def test_has_what_was_drafted_for_later_months_calculated_again(self, lantern):
        april = draft(lantern.asha.person, lantern.one, month=APRIL)
        published(lantern.asha.person, lantern.one)
        april.refresh_from_db()
        assert april.is_stale

    def test_announces_deductions_to_whom_they_concern(self, lantern):
        published(lantern.asha.person, lantern.one, lines=((LineKind.EARNED, 500), (LineKind.CLAWBACK, -100)))
        published(lantern.ada.person, lantern.one)
        noticed = StatementEvent.objects.filter(kind=StatementEvent.Kind.NOTICE)
        assert [event.statement.person for event in noticed] == [lantern.asha.person]


class TestSealed:
    def test_refuses_every_way_to_change_a_published_statement(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        line = statement.lines.get()
        statement.total = 1
        for change in (
            statement.save,
            statement.delete,
            line.save,
            line.delete,
            lambda: Statement.objects.update(total=1),
            lambda: Statement.objects.all().delete(),
            lambda: Statement.objects.bulk_update([statement], ["total"]),
            lambda: StatementLine.objects.filter(kind=LineKind.EARNED).update(amount=1),
            lambda: StatementLine.objects.create(statement=statement, position=9, kind=LineKind.PRIZE, name="x", amount=1),
            lambda: StatementLine.objects.bulk_create(
                [StatementLine(statement=statement, position=9, kind=LineKind.PRIZE, name="x", amount=1)]
            ),
        ):
            with pytest.raises(SealedRow):
                change()
        assert Statement.objects.get().total == StatementLine.objects.get().amount == 186_000

    def test_lets_a_draft_be_written_anew(self, lantern):
        statement = draft(lantern.asha.person, lantern.one)
        statement.lines.all().delete()
        statement.delete()
        assert not Statement.objects.exists()


class TestSendingBack:
    def test_makes_it_a_draft_again_and_says_why(self, lantern):
        statement = bring(draft(lantern.asha.person, lantern.one), Status.CHECKED)
        services.send_back(statement=statement, reason=" Order 7 ", decider=lantern.hana.person, now=NOW, by=lantern.hana.user)
        statement.refresh_from_db()
        assert (statement.status, statement.approved_at, statement.checked_at) == (Status.DRAFT, None, None)
        assert StatementEvent.objects.get(kind=StatementEvent.Kind.SENT_BACK).note == "Order 7"

    @pytest.mark.parametrize(("reason", "code"), [("  ", "no_reason"), ("Why", "sealed")])
    def test_needs_a_reason_and_an_open_statement(self, lantern, reason, code):
        statement = published(lantern.asha.person, lantern.one)
        with pytest.raises(services.StatementRefused) as refused:
            services.send_back(statement=statement, reason=reason, decider=None, now=NOW, by=None)
        assert refused.value.code == code


class TestAcknowledging:
    def test_stands_for_ever_after(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        for day in (10, 12):
            services.acknowledge(statement=statement, now=datetime(2026, 4, day, tzinfo=UTC), by=lantern.asha.user)
        statement.refresh_from_db()
        assert statement.acknowledged_at == datetime(2026, 4, 10, tzinfo=UTC)
        assert statement.events.filter(kind=StatementEvent.Kind.ACKNOWLEDGED).count() == 1

    def test_waits_for_publication(self, lantern):
        with pytest.raises(services.StatementRefused):
            services.acknowledge(statement=draft(lantern.asha.person, lantern.one), now=NOW, by=lantern.asha.user)


class TestSight:
    @pytest.fixture
    def everything(self, lantern):
        for who, unit in (("asha", "one"), ("ada", "one"), ("bela", "one"), ("ben", "two"), ("boris", "two"), ("dora", "east")):
            draft(getattr(lantern, who).person, getattr(lantern, unit))
        return lantern

    @pytest.mark.parametrize(
        ("who", "seen"),
        [
            ("asha", []),
            ("bela", ["Ada", "Asha"]),
            ("dora", ["Ada", "Asha", "Bela", "Ben", "Boris"]),
            ("hana", ["Ada", "Asha", "Bela", "Ben", "Boris", "Dora"]),
        ],
    )
    def test_of_drafts_is_of_whom_one_leads(self, everything, who, seen):
        found = statements_in_sight(sight(getattr(everything, who)))
        assert sorted(found.values_list("person__name", flat=True)) == seen

    def test_does_not_show_somebody_who_leads_the_same_unit(self, everything):
        from tests.cast import join

        berta = join("berta", "MANAGER", everything.one)
        assert sorted(statements_led(sight(berta)).values_list("person__name", flat=True)) == ["Ada", "Asha"]

    def test_of_ones_own_begins_with_publication(self, lantern):
        statement = draft(lantern.asha.person, lantern.one)
        assert not statements_in_sight(sight(lantern.asha)).exists() and not own_statements(lantern.asha.person).exists()
        bring(statement, Status.PUBLISHED)
        assert statements_in_sight(sight(lantern.asha)).get() == own_statements(lantern.asha.person).get() == statement
        assert not statements_in_sight(sight(lantern.ada)).exists()


class TestWhoApproves:
    def test_is_the_nearest_level_above(self, lantern):
        reviewers = Reviewers(TODAY)
        assert reviewers.of(person_id=lantern.asha.person.pk, unit_id=lantern.one.pk) == ["Bela"]
        assert reviewers.of(person_id=lantern.bela.person.pk, unit_id=lantern.one.pk) == ["Dora"]
        assert reviewers.of(person_id=lantern.dora.person.pk, unit_id=lantern.east.pk) == []

    @pytest.mark.parametrize(("who", "approves"), [("dora", ["Asha"]), ("hana", ["Dora"]), ("amir", ["Asha", "Dora"])])
    def test_hr_stands_in_where_nobody_leads(self, lantern, who, approves):
        member = getattr(lantern, who)
        drafts = [draft(lantern.asha.person, lantern.one), draft(lantern.dora.person, lantern.east)]
        ids = approvable_ids(drafts, membership=member.membership, person=member.person, on=TODAY)
        assert [s.person.name for s in drafts if s.pk in ids] == approves


def test_a_month_comes_to_the_sum_of_its_statements(lantern):
    published(lantern.asha.person, lantern.one)
    draft(lantern.ada.person, lantern.one, lines=((LineKind.EARNED, 14_000),), known_at=KNOWN_AT)
    found = sum_of(Statement.objects.all())
    assert (found.count, found.draft, found.published, found.total, found.due) == (2, 1, 1, 200_000, 200_000)
