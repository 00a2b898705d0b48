"""A question that is kept asks the same as before, of whoever asks, on any day; what is found is read each time."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.db.models import Avg, Count, Q, Sum
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from common import questions
from common.db.postgres.base import MOST_PASSING
from common.questions import Question
from common.tenancy import company_scope
from customers.models import Customer
from deals.models import Deal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    questions.kept.clear()
    yield
    questions.kept.clear()


@pytest.fixture
def lantern():
    company = Company.objects.create(name="Lantern", slug="lantern")
    with company_scope(company):
        for name, amount in (('Ants & 50% "Co"', 1_000), ("Bees", 2_050), ("Cats", 999)):
            customer = Customer.objects.create(name=name, name_key=name)
            Deal.objects.create(number=name, customer=customer, opened_on=date(2026, 1, 5), amount=amount, cost=10)
        yield company


class Asked:
    """A question of names that counts how often it is put together."""

    def __init__(self, rows, given=(), name="names"):
        self.put_together, self.rows, self.given, self.name = 0, rows, given, name

    def question(self):
        return Question(self.name, self.given, self._rows)

    def _rows(self):
        self.put_together += 1
        return self.rows()

    def thrice(self, ask=list):
        return [ask(self.question()) for _time in range(3)]


def names():
    return Customer.objects.order_by("name").values_list("name", flat=True)


class TestQuestion:
    def test_is_put_together_twice_and_then_kept(self, lantern):
        asked = Asked(names)
        assert asked.thrice() == [['Ants & 50% "Co"', "Bees", "Cats"]] * 3
        assert asked.put_together == 2

    def test_finds_what_has_changed(self, lantern):
        asked = Asked(names)
        asked.thrice()
        Customer.objects.filter(name="Bees").update(name="Dogs")
        assert list(asked.question()) == ['Ants & 50% "Co"', "Cats", "Dogs"]

    def test_gives_rows_as_the_queryset_does(self, lantern):
        for rows in (
            lambda: Deal.objects.order_by("amount").values("number", "amount", "customer__name"),
            lambda: Deal.objects.order_by("amount").values_list("opened_on", "cost"),
            lambda: Deal.objects.order_by("amount").filter(customer__name__contains='50% "').values("pk"),
            lambda: Deal.objects.select_related("customer").order_by("amount"),
        ):
            questions.kept.clear()
            asked = Asked(rows)
            assert asked.thrice() == [list(rows())] * 3
            assert asked.put_together == 2

    def test_reads_a_row_with_what_belongs_to_it_by_one_statement(self, lantern):
        asked = Asked(lambda: Deal.objects.select_related("customer").order_by("amount"))
        asked.thrice()
        with CaptureQueriesContext(
            connection,
        ) as sent:
            assert [deal.customer.name for deal in asked.question()] == ["Cats", 'Ants & 50% "Co"', "Bees"]
        assert len(sent) == 1

    def test_is_cut_counted_and_summed(self, lantern):
        deals = Asked(lambda: Deal.objects.order_by("amount"))
        sums = {"total": Sum("amount"), "mean": Avg("cost"), "dear": Count("pk", filter=Q(amount__gt=1_000))}
        assert deals.thrice(lambda asked: [deal.amount for deal in asked[1:3]]) == [[1_000, 2_050]] * 3
        assert deals.thrice(lambda asked: asked.count()) == [3] * 3
        plain = Deal.objects.aggregate(**sums)
        assert deals.thrice(lambda asked: asked.sums(**sums)) == [plain] * 3
        assert [type(value) for value in deals.question().sums(**sums).values()] == [type(value) for value in plain.values()]
        assert plain["total"] == Decimal(4_049)

    def test_pages_are_told_apart(self, lantern):
        asked = Asked(names)
        assert asked.thrice(lambda found: found[0:2]) != asked.thrice(lambda found: found[2:4])

    def test_what_is_made_of_it_is_kept_too(self, lantern):
        asked, steps = Asked(names), []

        def longest(rows):
            steps.append(rows)
            return rows.filter(name__startswith="B")

        found = asked.thrice(lambda question: (question.count(), list(question.then("longest", longest))))
        assert found == [(3, ["Bees"])] * 3
        assert (asked.put_together, len(steps)) == (2, 2)

    def test_two_that_are_given_something_else_are_not_mixed_up(self, lantern):
        by_letter = {
            letter: Asked(lambda letter=letter: names().filter(name__startswith=letter), (letter,)) for letter in "ABC"
        }
        for _time in range(3):
            for letter, asked in by_letter.items():
                assert [name[0] for name in asked.question()] == [letter]

    def test_another_company_asks_for_itself(self, lantern):
        asked = Asked(names)
        asked.thrice()
        with company_scope(Company.objects.create(name="Rival", slug="rival")):
            assert asked.thrice() == [[]] * 3

    def test_another_day_is_another_question(self, lantern):
        asked = Asked(lambda: Deal.objects.filter(opened_on__lt=datetime.now(UTC).date()).values_list("number", flat=True))
        with time_machine.travel(datetime(2026, 1, 5, 12, tzinfo=UTC)):
            assert asked.thrice() == [[]] * 3
        with time_machine.travel(datetime(2026, 1, 6, 12, tzinfo=UTC)):
            assert [len(found) for found in asked.thrice()] == [3] * 3

    def test_is_put_together_each_time_where_a_row_is_given_or_nothing(self, lantern):
        for given in ((Customer.objects.first(),), (("owner", Customer.objects.first()),), None, ([1],)):
            asked = Asked(names, given)
            asked.thrice()
            assert asked.put_together == 3

    def test_is_put_together_each_time_where_that_reads(self, lantern):
        """Whom somebody sees was read for the statement: kept, it would show what they saw before."""

        def seen():
            return names().filter(pk__in=list(Customer.objects.exclude(name="Bees").values_list("pk", flat=True)))

        for ask in (list, lambda asked: (asked.count(), list(asked.then("all", lambda rows: rows.all())))):
            questions.kept.clear()
            asked = Asked(seen)
            asked.thrice(ask)
            assert asked.put_together == 3
            Customer.objects.filter(name="Cats").update(name="Bees")
            assert "Cats" not in str(ask(asked.question()))
            Customer.objects.filter(name="Bees").exclude(name_key="Bees").update(name="Cats")

    def test_that_finds_nothing_by_itself_finds_nothing(self, lantern):
        asked = Asked(Customer.objects.none)
        assert asked.thrice() == [[]] * 3
        assert asked.thrice(lambda found: found.count()) == [0] * 3

    def test_a_statement_is_sent_once_a_time_and_by_name_in_the_end(self, lantern):
        asked = Asked(names)
        with CaptureQueriesContext(connection) as sent:
            asked.thrice()
        assert len(sent) == 3
        assert [query["sql"].startswith("EXECUTE asked_") for query in sent] == [False, True, True]

    def test_is_asked_as_it_is_where_nothing_may_be_prepared(self, lantern, settings):
        settings.DATABASE_PREPARES = False
        assert Asked(names).thrice() == [['Ants & 50% "Co"', "Bees", "Cats"]] * 3

    def test_a_connection_forgets_those_of_long_ago(self, lantern):
        for number in range(MOST_PASSING + 5):
            Asked(lambda number=number: names().filter(pk__gt=-number), (number,)).thrice()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'asked%%'")
            assert cursor.fetchone() == (MOST_PASSING,)
        first = Asked(lambda: names().filter(pk__gt=0), (0,))
        assert len(first.thrice()[2]) == 3

    def test_a_process_remembers_only_so_many(self, lantern, monkeypatch):
        monkeypatch.setattr(questions, "MOST", 3)
        for number in range(9):
            Asked(names, (number,)).thrice()
        assert len(questions.kept) == 3
