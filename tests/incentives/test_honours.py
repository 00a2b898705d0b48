"""Nominations, awards and the money that goes with them."""

from datetime import date
from decimal import Decimal

import pytest

from common.periods import Period, month_of, quarter_of
from incentives.models import Award, AwardPrize, Nomination
from incentives.queries.awards import prizes_due, scope_unit
from incentives.rules.honours import prize_shares
from incentives.services import honours as services
from incentives.services.honours import HonourRefused
from teams.queries import sight_of

TODAY = date(2026, 11, 20)
OCTOBER, NOVEMBER, DECEMBER = (month_of(date(2026, month, 1)) for month in (10, 11, 12))
LAST_QUARTER, QUARTER = quarter_of(date(2026, 9, 1)), quarter_of(TODAY)


def give(cast, winner, **changes):
    given = {"kind": "SELLER", "period": OCTOBER, "reason": "First", "on": TODAY, "by": cast.hana.user}
    return services.give_award(winner=winner, **given | changes)


def nominate(cast, person, **changes):
    given = {"kind": "SERVICE", "quarter": QUARTER, "reason": "Came at night", "on": TODAY, "first_month": 1}
    return services.nominate(person=person, nominator=cast.asha.person, by=cast.asha.user, **given | changes)


class TestNominating:
    def test_each_nominates_somebody_once_and_may_say_more(self, lantern):
        nominate(lantern, lantern.ada.person)
        nominate(lantern, lantern.ada.person, reason="Came at night, twice")
        assert [row.reason for row in Nomination.objects.all()] == ["Came at night, twice"]

    @pytest.mark.parametrize(
        ("who", "changes", "code"),
        [
            ("asha", {}, "oneself"),
            ("ada", {"reason": "  "}, "empty"),
            ("ada", {"kind": "SELLER"}, "not_nominated"),
            ("ada", {"quarter": quarter_of(date(2026, 5, 1))}, "not_open"),
        ],
    )
    def test_refuses_what_cannot_be(self, lantern, who, changes, code):
        with pytest.raises(HonourRefused) as refused:
            nominate(lantern, getattr(lantern, who).person, **changes)
        assert refused.value.code == code
        assert not Nomination.objects.exists()


class TestGiving:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"period": NOVEMBER}, "not_over"),
            ({"reason": " "}, "empty"),
            ({"kind": "TEAM", "period": LAST_QUARTER}, "no_team"),
            ({"prize": Decimal("100.01"), "prize_limit": 100_00}, "prize_too_high"),
        ],
    )
    def test_refuses_what_cannot_be(self, lantern, changes, code):
        with pytest.raises(HonourRefused) as refused:
            give(lantern, lantern.asha.person, **changes)
        assert refused.value.code == code
        assert not Award.objects.exists()

    def test_nobody_honours_themselves_or_their_own_team(self, lantern):
        for winner, changes in ((lantern.bela.person, {}), (lantern.one, {"kind": "TEAM", "period": LAST_QUARTER})):
            with pytest.raises(HonourRefused) as refused:
                give(lantern, winner, giver=lantern.bela.person, **changes)
            assert refused.value.code == "own_award"

    def test_once_for_each_and_again_after_it_was_withdrawn(self, lantern):
        award = give(lantern, lantern.asha.person)
        with pytest.raises(HonourRefused):
            give(lantern, lantern.asha.person)
        give(lantern, lantern.ada.person)  # several can win
        services.withdraw_award(award=award, reason="Counted wrongly", on=TODAY, by=None)
        give(lantern, lantern.asha.person)
        assert Award.objects.standing().count() == 2

    def test_a_teams_prize_is_shared_to_the_cent(self, lantern):
        give(lantern, lantern.one, kind="TEAM", period=LAST_QUARTER, prize=Decimal("100.00"))
        parts = dict(AwardPrize.objects.values_list("person__name", "amount"))
        assert parts == {"Ada": 3334, "Asha": 3333, "Bela": 3333}


class TestAmongWhom:
    def test_is_the_unit_that_somebody_leads_and_the_whole_company_for_who_leads_that(self, lantern):
        """Else the best seller of a month could be honoured twice: once by HR, once by the head of the company."""

        def among(member):
            return scope_unit(sight_of(membership=member.membership, on=TODAY))

        assert [among(member) for member in (lantern.bela, lantern.dora, lantern.hana)] == [lantern.one, lantern.east, None]
        lantern.dora.person.assignments.update(unit=lantern.root)
        assert among(lantern.dora) is None


class TestPrizesDue:
    def test_a_prize_is_due_in_the_month_of_the_decision(self, lantern):
        award = give(lantern, lantern.asha.person, prize=500)
        (row,) = prizes_due(NOVEMBER)
        assert (row.person_id, row.award_id, row.amount_minor, row.decided_on) == (
            lantern.asha.person.pk,
            award.pk,
            500_00,
            TODAY,
        )
        assert prizes_due(OCTOBER) == prizes_due(DECEMBER) == []

    def test_withdrawn_later_it_is_taken_back_then_and_the_past_stays(self, lantern):
        award = give(lantern, lantern.asha.person, prize=500)
        services.withdraw_award(award=award, reason="Counted wrongly", on=date(2026, 12, 3), by=None)
        assert [row.amount_minor for row in prizes_due(NOVEMBER)] == [500_00]
        assert [(row.amount_minor, row.decided_on) for row in prizes_due(DECEMBER)] == [(-500_00, date(2026, 12, 3))]
        assert prizes_due(Period(NOVEMBER.starts_on, DECEMBER.ends_before)) == []

    def test_withdrawn_in_the_same_month_nothing_is_due(self, lantern):
        award = give(lantern, lantern.asha.person, prize=500)
        services.withdraw_award(award=award, reason="Counted wrongly", on=date(2026, 11, 25), by=None)
        assert prizes_due(NOVEMBER) == []


@pytest.mark.parametrize(
    ("prize", "people", "shares"),
    [
        (0, [1], {}),
        (100, [], {}),
        (2, [7, 8, 9], {7: 1, 8: 1}),
    ],
)
def test_shares_of_a_prize_add_up_to_it(prize, people, shares):
    assert prize_shares(prize, people) == shares
