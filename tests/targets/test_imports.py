from datetime import date

import pytest

from common.tenancy import company_scope
from targets.imports.columns import guess_columns, read_month
from targets.models import Plan, PlanStep, Target
from targets.services.metrics import add_builtin_metrics
from targets.services.plans import publish
from teams.models import Assignment
from tests.exchange.importing import NOW, counts, guesses, refusals, take


@pytest.fixture
def inside(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def take_targets(cast, content, **asked):
    return take("TARGETS", content, by=cast.amir.user, **asked)


def commits(**about):
    return {row.month.month: row.commit for row in Target.objects.filter(**about)}


WIDE = "person,metric,2026年1月,2026年2月,2026年3月\nAsha,销售额,1000,2000,3000.50\nAda,revenue,500,500,500"


class TestTargetsOfAFile:
    def test_with_months_beside_each_other_begin_a_plan(self, inside):
        done = take_targets(inside, WIDE)
        assert counts(done) == (2, 0, 0, 0)
        assert Plan.objects.get().year_starts_on == date(2026, 1, 1)
        assert commits(person=inside.asha.person) == {1: 100000, 2: 200000, 3: 300050}

    def test_add_up_to_units_that_had_none(self, inside):
        done = take_targets(inside, WIDE)
        assert commits(unit=inside.one) == {1: 150000, 2: 250000, 3: 350050}
        assert commits(unit=inside.root) == commits(unit=inside.one)
        said = [text for _row, text in guesses(done)]
        assert "The units above had no target in these months: the sum of their parts was taken." in said
        assert "No floor and stretch are given: 85 % and 120 % of the commit target." in said
        publish(plan=Plan.objects.get(), now=NOW, by=inside.amir.user)  # raises unless everything adds up

    def test_stay_as_they_are_when_the_file_comes_again(self, inside):
        take_targets(inside, WIDE)
        steps = PlanStep.objects.count()
        assert counts(take_targets(inside, WIDE)) == (0, 0, 2, 0)
        assert PlanStep.objects.count() == steps

    def test_with_a_row_per_month_and_all_tiers(self, inside):
        take_targets(inside, "姓名,月份,力争,保底,冲刺\nAsha,2026-04,100,60,150")
        cell = Target.objects.get(person=inside.asha.person)
        assert (cell.month, cell.floor, cell.commit, cell.stretch) == (date(2026, 4, 1), 6000, 10000, 15000)

    def test_with_a_row_per_tier_in_any_order(self, inside):
        file = "人员,年度,档位,1月,2月,3月\nAsha,2026,保底,60,60,60\nAsha,2026,力争,100,100,100\nAsha,2026,冲刺,150,150,150"
        take_targets(inside, file)
        cell = Target.objects.get(person=inside.asha.person, month=date(2026, 2, 1))
        assert (cell.floor, cell.commit, cell.stretch) == (6000, 10000, 15000)
        assert counts(take_targets(inside, file)) == (0, 0, 3, 0)

    def test_of_a_unit_and_of_the_whole_company(self, inside):
        done = take_targets(inside, "unit,year,1月,2月,3月\nEast/Team One,2026,10,10,10\n,2026,30,30,30")
        assert commits(unit=inside.one)[1] == 1000
        assert commits(unit=inside.root)[1] == 3000
        assert any(
            "Lantern, 2026-01 (+2): the target is 30.00, its parts add up to 10.00." in text for _row, text in guesses(done)
        )

    def test_of_a_count_are_whole_numbers(self, inside):
        file = "person,metric,month,target\nAsha,deals_won,2026-01,12\nAda,deals_won,2026-01,1.5"
        done = take_targets(inside, file)
        assert commits(person=inside.asha.person) == {1: 12}
        assert refusals(done) == {3: ["The amount has more than 0 decimal places."]}

    def test_follow_a_transfer_to_the_new_team(self, inside):
        Assignment.objects.filter(person=inside.asha.person).update(ends_before=date(2026, 3, 1))
        Assignment.objects.create(person=inside.asha.person, unit=inside.two, role="REP", starts_on=date(2026, 3, 1))
        take_targets(inside, WIDE)
        cells = Target.objects.filter(person=inside.asha.person).values_list("month", "within__name").order_by("month")
        assert [name for _month, name in cells] == ["Team One", "Team One", "Team Two"]


class TestARowOfTargets:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("Chandracanary,,revenue,2026-01,5,,", "Nobody is called Chandracanary."),
            (",Nowhere,revenue,2026-01,5,,", "There is no unit called Nowhere."),
            ("Asha,,charm,2026-01,5,,", "There is no metric called charm."),
            ("Asha,,win_rate,2026-01,5,,", "成交率 is a ratio and has no targets of its own."),
            ("Asha,,revenue,March,5,,", "The row names no year."),
            ("Asha,,revenue,2026-13,5,,", "“2026-13” is not a month. Write it like 2026-03."),
            ("Asha,,revenue,2020-01,5,,", "Asha sells in no team in 2020-01."),
            ("Asha,,revenue,2026-01,5,9,", "Floor, commit and stretch must not fall: floor ≤ commit ≤ stretch."),
            ("Asha,,revenue,2026-01,-5,,", "“-5” is negative; it must be zero or more."),
            ("Asha,,revenue,2026-01,,,", "The row gives no target."),
        ],
    )
    def test_that_cannot_be_right_is_handed_back(self, inside, row, reason):
        done = take_targets(inside, f"person,unit,metric,month,target,floor,stretch\n{row}")
        assert refusals(done) == {2: [reason]}
        assert not Target.objects.exists()

    def test_that_contradicts_another_one_is_handed_back(self, inside):
        done = take_targets(inside, "person,month,target\nAsha,2026-01,5\nAsha,2026-01,6")
        assert refusals(done) == {3: ["Row 2 already says this target, with another amount."]}

    def test_does_not_change_a_published_plan(self, inside):
        take_targets(inside, WIDE)
        publish(plan=Plan.objects.get(), now=NOW, by=inside.amir.user)
        assert counts(take_targets(inside, WIDE)) == (0, 0, 2, 0)
        done = take_targets(inside, WIDE.replace("1000", "1001"))
        assert counts(done) == (0, 0, 1, 1)
        assert "is published. Adjust it" in refusals(done)[2][0]
        assert commits(person=inside.asha.person)[1] == 100000


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-03", (2026, 3)),
        ("2026年3月", (2026, 3)),
        ("2026-03-01 00:00:00", (2026, 3)),
        ("3月", (None, 3)),
        ("十二月", (None, 12)),
        ("Mar 2026", (2026, 3)),
        ("march", (None, 3)),
        ("12", (None, 12)),
    ],
)
def test_a_month_is_read_however_it_is_written(text, month):
    assert read_month(text, None) == month


def test_months_in_headings_are_found_with_their_year():
    found = guess_columns(["name", "2026-01", "2026-02", "2026-03"])
    assert found == {
        "m01": {"column": "2026-01"},
        "m02": {"column": "2026-02"},
        "m03": {"column": "2026-03"},
        "year": {"value": "2026"},
    }
    assert guess_columns(["name", "5"]) == {}
