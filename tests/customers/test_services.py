"""Customers are added once, change hands, and are followed up in their rhythm."""

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from common.tenancy import company_scope
from customers import queries, rules, services
from customers.models import Customer
from deals.services import open_deal
from teams.queries import sight_of
from tests.cast import make_cast
from tests.together import at_once
from visits.models import Visit

TODAY = date(2026, 3, 10)


def sight(member, on=TODAY):
    return sight_of(membership=member.membership, on=on)


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("138 0013-8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("021-6123 4567", "02161234567"),
        ("801", ""),
        ("", ""),
    ],
)
def test_phone_numbers_are_compared_by_their_digits(phone, key):
    assert rules.phone_key_of(phone) == key


class TestAddCustomer:
    def test_a_repeated_reference_is_the_same_customer(self, lantern):
        ref = uuid4()
        first = services.add_customer(name="Blue House", client_ref=ref, by=lantern.asha.user)
        assert services.add_customer(name="Another word", client_ref=ref, by=lantern.asha.user) == first
        assert list(Customer.objects.values_list("name", flat=True)) == ["Blue House"]

    @pytest.mark.parametrize(
        ("name", "phone"),
        [("blue-house", ""), ("ＢＬＵＥ　House", ""), ("Other", "+86 138 0013 8000")],
    )
    def test_names_who_is_already_there_and_whose(self, lantern, name, phone):
        there = services.add_customer(name="Blue House", phone="13800138000", owner=lantern.ada.person, by=lantern.ada.user)
        with pytest.raises(services.CustomerRefused) as caught:
            services.add_customer(name=name, phone=phone, owner=lantern.asha.person, by=lantern.asha.user)
        assert caught.value.existing == [there]
        assert "Blue House (Ada)" in str(caught.value)
        assert Customer.objects.count() == 1
        services.add_customer(name=name, phone=phone, is_duplicate_wanted=True, by=lantern.asha.user)
        assert Customer.objects.count() == 2

    @pytest.mark.parametrize("is_same_form", [True, False], ids=["one form sent twice", "two people"])
    def test_two_at_once_make_one_customer(self, committed, is_same_form):
        cast, ref = make_cast(), uuid4()

        def add(person):
            made = services.add_customer(name="Blue House", client_ref=ref if is_same_form else None, by=person.user)
            return made.pk

        answers = at_once(cast.lantern, lambda: add(cast.asha), lambda: add(cast.ada))
        with company_scope(cast.lantern):
            only = Customer.objects.get()
        assert sorted(map(str, answers)) == sorted([str(only.pk), str(only.pk) if is_same_form else "duplicate"])

    @pytest.mark.parametrize("values", [{"name": ""}, {"name": "x" * 121}, {"name": "a\x00b"}, {"name": "x", "grade": "Z"}])
    def test_refuses_what_does_not_fit(self, lantern, values):
        with pytest.raises(ValidationError):
            services.add_customer(**values, by=lantern.asha.user)
        assert not Customer.objects.exists()


class TestChangeCustomer:
    def test_records_what_changed_and_compares_the_new_name(self, lantern):
        services.add_customer(name="Blue House", by=lantern.asha.user)
        other = services.add_customer(name="Red House", by=lantern.asha.user)
        with pytest.raises(services.CustomerRefused):
            services.change_customer(customer=other, name="BLUE HOUSE", by=lantern.asha.user)
        services.change_customer(customer=other, name="Green House", grade="A", by=lantern.asha.user)
        other.refresh_from_db()
        assert (other.name, other.name_key, other.grade) == ("Green House", "greenhouse", "A")
        entry = AuditEntry.objects.get(action="customers.customer.changed")
        assert (entry.before, entry.after) == ({"name": "Red House", "grade": "C"}, {"name": "Green House", "grade": "A"})

    def test_changes_hands(self, lantern):
        made = [services.add_customer(name=f"House {n}", owner=lantern.asha.person, by=None) for n in range(3)]
        assert services.reassign_customers(customers=made[:2], owner=lantern.ada.person, by=lantern.bela.user) == 2
        assert services.reassign_customers(customers=made[:2], owner=lantern.ada.person, by=lantern.bela.user) == 0
        assert AuditEntry.objects.filter(action="customers.customer.reassigned").count() == 2

    def test_is_archived_only_without_open_deals(self, lantern):
        customer = services.add_customer(name="House", owner=lantern.asha.person, by=None)
        open_deal(customer=customer, owner=lantern.asha.person, opened_on=TODAY, by=None)
        with pytest.raises(services.CustomerRefused):
            services.archive(customer=customer, by=lantern.asha.user)
        assert Customer.objects.current().exists()
        customer.deals.all().delete()
        services.archive(customer=customer, by=lantern.asha.user)
        assert not Customer.objects.current().exists()
        services.restore(customer=customer, by=lantern.asha.user)
        assert Customer.objects.current().exists()


class TestReads:
    def test_everybody_sees_their_own_branch(self, lantern):
        for member in (lantern.asha, lantern.ben, None):
            services.add_customer(name=f"Of {member and member.person}", owner=member and member.person, by=None)
        seen = {
            key: sorted(queries.customers_in_sight(sight(getattr(lantern, key))).values_list("name", flat=True))
            for key in ("asha", "ada", "bela", "dora", "hana", "amir")
        }
        everybody = ["Of Asha", "Of Ben", "Of None"]
        assert seen == {
            "asha": ["Of Asha"],
            "ada": [],
            "bela": ["Of Asha"],
            "dora": ["Of Asha", "Of Ben"],
            "hana": everybody,
            "amir": everybody,
        }

    @pytest.mark.parametrize(
        ("text", "found"), [("blue h", True), ("80013", True), ("Wang", True), ("green", False), ("%", False)]
    )
    def test_are_found_by_name_phone_or_contact(self, lantern, text, found):
        services.add_customer(name="Blue House", phone="138-0013-8000", contact_name="Wang", by=None)
        assert queries.found_by(Customer.objects.all(), text).exists() is found

    def test_a_follow_up_is_late_after_its_grades_rhythm(self, lantern):
        added = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
        for name, grade, ago in [("a", "A", 7), ("b", "A", 8), ("c", "B", 20), ("d", "C", None), ("e", "C", 30)]:
            customer = services.add_customer(name=name, grade=grade, owner=lantern.asha.person, by=None)
            Customer.objects.filter(pk=customer.pk).update(created_at=added)
            if ago is not None:
                Visit.objects.create(person=lantern.ada.person, customer=customer, visited_on=TODAY - timedelta(days=ago))
        invalid = Customer.objects.get(name="b")
        Visit.objects.create(
            person=lantern.asha.person, customer=invalid, visited_on=TODAY, is_valid=False, invalid_reason="TOO_SHORT"
        )
        late = queries.overdue_customers(lantern.asha.person, TODAY)
        assert [(item.customer.name, item.days, item.was_visited) for item in late] == [
            ("b", 1, True),
            ("c", 6, True),
            ("d", 38, False),
        ]
