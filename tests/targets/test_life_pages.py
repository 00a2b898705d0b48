"""The pages of a published plan's life: asking, deciding, settling who came and went, carrying over, looking back."""

from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine

from accounts.models import User
from common.tables import read_table
from common.tenancy import company_scope
from targets.models import Adjustment, Attainment
from targets.queries.plans import unit_key
from targets.services import plans
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from tests.exchange.importing import take
from tests.signing_in import BACKEND
from tests.targets.published import JUNE, TODAY, commits, key_of, publish_2026

NOW = datetime(2026, 5, 18, 2, tzinfo=UTC)


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with time_machine.travel(NOW):
        with company_scope(cast.lantern):
            add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    with company_scope(lantern.lantern):
        return publish_2026(lantern)


@pytest.fixture
def as_(client):
    def sign_in(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return sign_in


def url(plan, path):
    return f"/lantern/targets/{plan.pk}/{path}"


def asked(**changes):
    return {"from_on": "2026-06-01", "balance": "SIBLINGS", "reason": "measles", "m5": "200,000"} | changes


def ask(as_, cast, plan, **changes):
    page = as_(cast.bela).post(url(plan, f"adjust/{key_of(cast.asha, cast.one)}/"), asked(**changes))
    assert page.status_code == 302
    with company_scope(cast.lantern):
        return Adjustment.objects.get()


class TestAsking:
    def test_shows_every_sum_first_and_changes_nothing(self, lantern, plan, as_):
        page = as_(lantern.bela).get(url(plan, f"adjust/{key_of(lantern.asha, lantern.one)}/"), asked(reason=""))
        assert {effect.node.name: effect.difference for effect in page.context["effects"]} == {
            "Team One": 0,
            "Asha": -50_000_00,
            "Ada": 50_000_00,
        }
        assert page.context["level"] == lantern.east
        with company_scope(lantern.lantern):
            assert not Adjustment.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"reason": ""}, "This field is required"),
            ({"from_on": "2027-01-01"}, "Choose a day in the plan"),
            ({"from_on": "yesterday"}, "Enter a valid date"),
            ({"m5": "NaN"}, "m5"),
            ({"m5": "-5"}, "m5"),
            ({"m5": "9" * 30}, "m5"),
            ({"m5": "9,999,999"}, "have"),
            ({"m1": "7"}, "lies before the day"),
            ({"m5": ""}, "Nothing would change"),
        ],
    )
    def test_says_what_is_wrong_at_the_field_and_keeps_nothing(self, lantern, plan, as_, changes, said):
        page = as_(lantern.bela).post(url(plan, f"adjust/{key_of(lantern.asha, lantern.one)}/"), asked(**changes))
        assert page.status_code == 422
        assert (said in page.context["form"].errors) if said.startswith("m") else (said in page.content.decode())
        with company_scope(lantern.lantern):
            assert not Adjustment.objects.exists()

    def test_is_for_who_sets_the_row(self, lantern, plan, as_):
        assert as_(lantern.boris).post(url(plan, f"adjust/{key_of(lantern.asha, lantern.one)}/"), asked()).status_code == 404
        assert as_(lantern.bela).get(url(plan, f"adjust/{unit_key(lantern.one.pk)}/")).status_code in {403, 404}


class TestDeciding:
    def test_is_for_the_level_above(self, lantern, plan, as_):
        made = ask(as_, lantern, plan)
        approve = f"/lantern/targets/adjustments/{made.pk}/approve/"
        assert as_(lantern.bela).post(approve).status_code == 403
        assert as_(lantern.boris).post(approve).status_code == 404
        assert as_(lantern.dora).post(approve, {"answer": "Fine"}).status_code == 302
        with company_scope(lantern.lantern):
            assert Adjustment.objects.get().answer == "Fine"
            assert commits(plan, key_of(lantern.asha, lantern.one))[JUNE] == 200_000_00

    def test_tells_who_sees_other_numbers_than_there_are(self, lantern, plan, as_):
        made = ask(as_, lantern, plan)
        as_(lantern.dora).post(f"/lantern/targets/adjustments/{made.pk}/approve/", {"seen": "0" * 16})
        with company_scope(lantern.lantern):
            assert Adjustment.objects.get().is_waiting

    def test_can_be_taken_back_by_who_asked_alone(self, lantern, plan, as_):
        made = ask(as_, lantern, plan)
        withdraw = f"/lantern/targets/adjustments/{made.pk}/withdraw/"
        assert as_(lantern.dora).post(withdraw).status_code == 403
        assert as_(lantern.bela).post(withdraw).status_code == 302
        with company_scope(lantern.lantern):
            assert Adjustment.objects.get().status == Adjustment.Status.WITHDRAWN


class TestSettling:
    def test_leads_from_a_leaver_to_an_adjustment(self, lantern, plan, as_):
        with company_scope(lantern.lantern):
            teams.end_employment(person=lantern.asha.person, left_on=TODAY, reason="moved", by=lantern.amir.user)
        page = as_(lantern.bela).get(url(plan, "changes/"))
        [(case, was, now, may_settle)] = page.context["rows"]
        assert (case.name, was.name, now, may_settle) == ("Asha", "Team One", None, True)
        assert as_(lantern.bela).get(url(plan, "adjustments/")).context["cases"] == 1
        assert as_(lantern.bela).get(url(plan, f"changes/{case.code}/")).context["effects"]
        page = as_(lantern.bela).post(url(plan, f"changes/{case.code}/"), {"balance": "SIBLINGS", "reason": "gone"})
        assert page.status_code == 302
        assert as_(lantern.bela).get(url(plan, "changes/")).context["rows"] == []
        with company_scope(lantern.lantern):
            assert Adjustment.objects.get().kind == "LEFT"

    def test_says_from_where_to_where_somebody_moved(self, lantern, plan, as_):
        with company_scope(lantern.lantern):
            teams.transfer(person=lantern.asha.person, unit=lantern.two, role="REP", from_day=TODAY, by=lantern.amir.user)
        [(case, was, now, _may_settle)] = as_(lantern.amir).get(url(plan, "changes/")).context["rows"]
        assert (case.kind, was.name, now.name) == ("MOVED", "Team One", "Team Two")

    def test_carries_over_what_is_chosen(self, lantern, plan, as_):
        asha = key_of(lantern.asha, lantern.one)
        with company_scope(lantern.lantern):
            Attainment.objects.create(
                metric=plan.metric,
                span="QUARTER",
                starts_on=date(2026, 1, 1),
                ends_before=date(2026, 4, 1),
                numerator=sum(commits(plan, asha)[:3]) - 700_00,
                person=lantern.asha.person,
            )
        page = as_(lantern.bela).get(url(plan, "carry/"))
        assert {row.node.name: row.missing for row, _quarters in page.context["rows"]}["Asha"] == 700_00
        given = {"way": "REST", "balance": "DIFFERENCE", "from_on": "2026-06-01", "reason": "again"}
        assert as_(lantern.bela).post(url(plan, "carry/"), given).status_code == 422
        assert as_(lantern.bela).post(url(plan, "carry/"), given | {"rows": ["p9-9"]}).status_code == 422
        assert as_(lantern.bela).post(url(plan, "carry/"), given | {"rows": [asha]}).status_code == 302
        with company_scope(lantern.lantern):
            made = Adjustment.objects.get()
            assert sum(cell[1] for cell in made.after[asha]) - sum(cell[1] for cell in made.before[asha]) == 700_00


class TestLookingBack:
    def test_shows_a_day_and_the_difference_of_two(self, lantern, plan, as_):
        made = ask(as_, lantern, plan)
        as_(lantern.dora).post(f"/lantern/targets/adjustments/{made.pk}/approve/")
        rows = as_(lantern.bela).get(url(plan, "versions/?day=2026-05-17")).context["rows"]
        assert {node.name: amounts[JUNE] for node, _depth, _whole, amounts in rows}["Asha"] == 250_000_00
        page = as_(lantern.bela).get(url(plan, "versions/?day=2026-05-17&against=2026-05-18"))
        assert {row.node.name: row.difference for row, _cells in page.context["differences"]} == {
            "Asha": -50_000_00,
            "Ada": 50_000_00,
        }
        sheet = as_(lantern.bela).get(url(plan, "versions/?day=2026-05-17&against=2026-05-18&as=xlsx"))
        assert read_table(sheet.content, name="differences.xlsx").row_count == 4

    @pytest.mark.parametrize("query", ["day=2026-13-01", "day=2999-01-01", "day=", "day=2026-05-17&against=x"])
    def test_says_so_at_the_field_when_there_is_no_such_day(self, lantern, plan, as_, query):
        page = as_(lantern.bela).get(url(plan, f"versions/?{query}"))
        assert (page.status_code, bool(page.context["form"].errors)) == (200, True)

    def test_tells_a_person_who_changed_their_target(self, lantern, plan, as_):
        made = ask(as_, lantern, plan)
        as_(lantern.dora).post(f"/lantern/targets/adjustments/{made.pk}/approve/")
        page = as_(lantern.asha).get(f"/lantern/targets/mine/{plan.pk}/changes/?day=2026-05-03")
        assert page.context["whole"] == 12 * 250_000_00
        assert (page.context["changes"][0].step.made_by, page.context["changes"][0].adjustment.reason) == (
            lantern.dora.user,
            "measles",
        )
        page = as_(lantern.ada).get(f"/lantern/targets/mine/{plan.pk}/changes/")
        assert page.context["changes"][0].becomes > page.context["changes"][0].was
        # Why a colleague needs less is nobody else's business.
        assert b"measles" not in page.content
        assert as_(lantern.ben).get(f"/lantern/targets/mine/{plan.pk}/changes/").context["whole"] == 12 * 500_000_00
        assert as_(lantern.amir).get(f"/lantern/targets/mine/{plan.pk}/changes/").status_code == 403


class TestHandingOver:
    def test_adds_quarters_and_the_year_up_by_formulas(self, lantern, plan, as_):
        with ZipFile(BytesIO(as_(lantern.bela).get(url(plan, "?as=xlsx")).content)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>SUM(G2,H2,I2)</f>" in sheet
        assert "<f>SUM(G2,H2,I2,K2,L2,M2," in sheet

    def test_shows_the_months_that_differ_before_anything_is_taken(self, lantern, plan, as_):
        with company_scope(lantern.lantern):
            plans.withdraw(plan=plan, reason="another sheet", by=lantern.amir.user)
            content = "Unit,Person,2026-01,Feb 2026,3月\nTeam One,Asha,250000,1,250000\n".encode()
            done = take("TARGETS", content, by=lantern.amir.user, name="plan.csv")
            [row] = done.samples["changed"]
            assert row["details"] == [["m02", "250,000.00", "1.00"]]

    def test_copies_into_the_next_year_once(self, lantern, plan, as_):
        page = as_(lantern.amir).get(url(plan, "copy/?growth=10"))
        assert page.context["rows"][0][1:] == (12_000_000_00, 13_200_000_00)
        assert as_(lantern.amir).post(url(plan, "copy/"), {"growth": "NaN"}).status_code == 422
        assert as_(lantern.amir).post(url(plan, "copy/"), {"growth": "10"}).status_code == 302
        assert as_(lantern.amir).post(url(plan, "copy/"), {"growth": "10"}).status_code == 422
        assert as_(lantern.bela).get(url(plan, "copy/")).status_code == 403
