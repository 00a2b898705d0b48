"""Splits by market potential, critical point and dealers' intentions: the arithmetic, what was entered, and its pages."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from common.tenancy import company_scope
from credits.models import DailyTotal
from credits.rules import Measure
from targets import rules
from targets.models import MethodInput, PlanStep
from targets.queries.inputs import Given
from targets.queries.plans import unit_key
from targets.queries.workbench import source_of
from targets.rules import BadInput, InputKind, SheetRefused, SplitMethod
from targets.services import inputs, plans, splits
from targets.services.inputs import Entry, IntentionRefused
from targets.services.plans import PlanRefused
from tests.targets.test_plans_pages import NEXT_YEAR, key_of, lantern, plan, sign_in, table, url  # noqa: F401

FIRST = date(NEXT_YEAR, 1, 1)


def enter(cast, plan, kind, **values):  # noqa: F811
    """Enter numbers about members by their name, or about Team One as `one`."""
    with company_scope(cast.lantern):
        sheet = table(cast, plan)
        entries = []
        for name, value in values.items():
            who = getattr(cast, name)
            key = unit_key(who.pk) if hasattr(who, "kind") else key_of(who, cast.two if name == "ben" else cast.one)
            entries.append(Entry(sheet.nodes[key], kind, None if value is None else Decimal(value), "survey"))
        return inputs.set_inputs(plan=plan, entries=entries, by=cast.amir.user)


def split(cast, plan, unit, **how):  # noqa: F811
    with company_scope(cast.lantern):
        return splits.split_down(plan=plan, unit=unit, on=FIRST, by=cast.amir.user, **how)


def year_of(cast, plan, key):  # noqa: F811
    return table(cast, plan).sheet.year_of(key).commit


class TestTheArithmetic:
    @pytest.mark.parametrize(("cost", "margin", "sales"), [(300_000, 30, 1_000_000), (0, 5, 0), (1, 100, 1)])
    def test_break_even_is_cost_by_margin(self, cost, margin, sales):
        assert rules.break_even(cost, Decimal(margin)) == sales

    @pytest.mark.parametrize("margin", [0, -5, 101, Fraction(-1, 3)])
    def test_a_margin_that_pays_nothing_is_refused(self, margin):
        with pytest.raises(BadInput):
            rules.break_even(100, margin)

    @given(st.dictionaries(st.integers(), st.none() | st.integers(0, 10**13), min_size=1))
    def test_who_lacks_a_number_has_the_median_and_nobody_elses_changes(self, values):
        filled = rules.fill_lacking(values)
        known = sorted(value for value in values.values() if value is not None)
        if not known:
            assert filled is None
            return
        assert list(filled) == list(values)
        for key, value in values.items():
            assert filled[key] == value if value is not None else known[0] <= filled[key] <= known[-1]


class TestSplittingByThem:
    def test_potential_divides_in_its_proportion(self, lantern, plan):  # noqa: F811
        enter(lantern, plan, InputKind.POTENTIAL, asha=300, ada=100)
        split(lantern, plan, lantern.one, method=SplitMethod.POTENTIAL)
        asha, ada = (year_of(lantern, plan, key_of(who, lantern.one)) for who in (lantern.asha, lantern.ada))
        assert (asha, ada) == (3 * (asha + ada) // 4, (asha + ada) // 4)

    def test_a_unit_has_what_is_below_it_unless_it_has_its_own(self, lantern, plan):  # noqa: F811
        enter(lantern, plan, InputKind.POTENTIAL, asha=300, ada=100, ben=100)
        split(lantern, plan, lantern.east, method=SplitMethod.POTENTIAL)
        assert year_of(lantern, plan, unit_key(lantern.one.pk)) == 4 * year_of(lantern, plan, unit_key(lantern.two.pk))
        enter(lantern, plan, InputKind.POTENTIAL, one=100)
        split(lantern, plan, lantern.east, method=SplitMethod.POTENTIAL)
        assert year_of(lantern, plan, unit_key(lantern.one.pk)) == year_of(lantern, plan, unit_key(lantern.two.pk))

    def test_who_has_no_number_is_named_and_has_a_usual_part(self, lantern, plan):  # noqa: F811
        enter(lantern, plan, InputKind.POTENTIAL, asha=300)
        step = split(lantern, plan, lantern.one, method=SplitMethod.POTENTIAL)
        with company_scope(lantern.lantern):
            assert source_of(step, lantern.ada.person).known[0].is_filled
            [known] = source_of(step, lantern.asha.person).known
        assert (known.value, known.is_filled) == (300, False)
        assert year_of(lantern, plan, key_of(lantern.asha, lantern.one)) == year_of(
            lantern, plan, key_of(lantern.ada, lantern.one)
        )

    def test_without_any_number_nothing_changes(self, lantern, plan):  # noqa: F811
        with company_scope(lantern.lantern):
            before = PlanStep.objects.count()
        with pytest.raises(SheetRefused) as refused:
            split(lantern, plan, lantern.one, method=SplitMethod.INTENTIONS)
        assert (refused.value.code, refused.value.params["node"]) == ("no_inputs", "Team One")
        with company_scope(lantern.lantern):
            assert PlanStep.objects.count() == before

    def test_the_critical_point_takes_the_margin_from_the_ledger(self, lantern, plan):  # noqa: F811
        with company_scope(lantern.lantern):
            for member, profit in ((lantern.asha, 50_00), (lantern.ada, 25_00)):
                for measure, amount in ((Measure.REVENUE, 100_00), (Measure.GROSS_PROFIT, profit)):
                    DailyTotal.objects.create(
                        measure=measure, person=member.person, unit=lantern.one, day=date(NEXT_YEAR - 1, 3, 3), amount=amount
                    )
        enter(lantern, plan, InputKind.FIXED_COST, asha=1000, ada=1000)
        split(lantern, plan, lantern.one, method=SplitMethod.CRITICAL_POINT)
        # 1,000 ÷ 50 % against 1,000 ÷ 25 %.
        assert 2 * year_of(lantern, plan, key_of(lantern.asha, lantern.one)) == year_of(
            lantern, plan, key_of(lantern.ada, lantern.one)
        )
        enter(lantern, plan, InputKind.MARGIN, ada=50)
        split(lantern, plan, lantern.one, method=SplitMethod.CRITICAL_POINT)
        assert year_of(lantern, plan, key_of(lantern.asha, lantern.one)) == year_of(
            lantern, plan, key_of(lantern.ada, lantern.one)
        )

    def test_three_are_combined_with_their_say(self, lantern, plan):  # noqa: F811
        enter(lantern, plan, InputKind.POTENTIAL, asha=300, ada=100)
        with company_scope(lantern.lantern):
            node = table(lantern, plan).nodes[key_of(lantern.asha, lantern.one)]
            inputs.set_intentions(plan=plan, node=node, intentions=[("Lin", Decimal(70), ""), ("Wu", Decimal(30), "")], by=None)
            ada = table(lantern, plan).nodes[key_of(lantern.ada, lantern.one)]
            inputs.set_intentions(plan=plan, node=ada, intentions=[("Lin", Decimal(100), "")], by=None)
        shares = {SplitMethod.POTENTIAL: 50, SplitMethod.INTENTIONS: 25, SplitMethod.EQUAL: 25}
        split(lantern, plan, lantern.one, shares=shares)
        asha, ada = (year_of(lantern, plan, key_of(who, lantern.one)) for who in (lantern.asha, lantern.ada))
        # 75 % × ½ + 50 % × ¼ + 50 % × ¼.
        assert asha * 1000 == 625 * (asha + ada)


class TestEntering:
    def test_keeps_who_said_it_and_records_it(self, lantern, plan):  # noqa: F811
        assert enter(lantern, plan, InputKind.POTENTIAL, asha=300, ada=None) == 1
        with company_scope(lantern.lantern):
            row = MethodInput.objects.get()
            assert (row.value, row.source, row.entered_by) == (300, "survey", lantern.amir.user)
            entry = AuditEntry.objects.filter(action="targets.plan.inputs_entered").get()
            assert entry.after == {f"{lantern.asha.person.name} · Market potential": "300"}
        assert enter(lantern, plan, InputKind.POTENTIAL, asha=300) == 0
        assert enter(lantern, plan, InputKind.POTENTIAL, asha=None) == 1
        with company_scope(lantern.lantern):
            assert not MethodInput.objects.exists()

    @pytest.mark.parametrize(("kind", "value"), [("MARGIN", 0), ("MARGIN", 101), ("POTENTIAL", -1), ("FIXED_COST", 10**13 + 1)])
    def test_refuses_what_no_method_can_go_by_and_keeps_nothing(self, lantern, plan, kind, value):  # noqa: F811
        with pytest.raises(BadInput):
            enter(lantern, plan, kind, ada=50, asha=value)
        with company_scope(lantern.lantern):
            assert not MethodInput.objects.exists()

    def test_refuses_a_published_plan_and_numbers_that_changed(self, lantern, plan):  # noqa: F811
        with company_scope(lantern.lantern):
            node = table(lantern, plan).nodes[key_of(lantern.asha, lantern.one)]
            entry = Entry(node, InputKind.POTENTIAL, Decimal(5))
            stamp = Given(plan).stamp
            inputs.set_inputs(plan=plan, entries=[entry], seen=stamp, by=None)
            with pytest.raises(PlanRefused):
                inputs.set_inputs(plan=plan, entries=[Entry(node, InputKind.POTENTIAL, Decimal(6))], seen=stamp, by=None)
            plan.refresh_from_db()
            plans.publish(plan=plan, now="2026-01-01T00:00:00Z", by=lantern.amir.user)
            with pytest.raises(PlanRefused):
                inputs.set_inputs(plan=plan, entries=[Entry(node, InputKind.POTENTIAL, Decimal(6))], by=None)
            assert MethodInput.objects.get().value == 5

    def test_a_dealer_stands_once_and_has_an_amount(self, lantern, plan):  # noqa: F811
        with company_scope(lantern.lantern):
            node = table(lantern, plan).nodes[key_of(lantern.asha, lantern.one)]
            for wrong in ([("Lin", Decimal(1), ""), ("Lin", Decimal(2), "")], [("", Decimal(1), "")], [("Lin", None, "")]):
                with pytest.raises(IntentionRefused):
                    inputs.set_intentions(plan=plan, node=node, intentions=wrong, by=None)
            assert not MethodInput.objects.exists()


class TestThePages:
    def test_keep_what_was_typed_and_pasted(self, lantern, plan, sign_in):  # noqa: F811
        asha, ada = lantern.asha.person, lantern.ada.person
        page = sign_in(lantern.bela).post(
            url(f"units/{lantern.one.pk}/inputs/", plan),
            {
                f"POTENTIAL_p{asha.pk}": "1.2万",
                "source_POTENTIAL": "bureau",
                "pasted": f"name\tpotential\n{ada.name}\t500\t\t35%",
            },
        )
        assert page.status_code == 302
        with company_scope(lantern.lantern):
            found = {(row.kind, row.person_id): (row.value, row.source) for row in MethodInput.objects.all()}
        assert found == {
            ("POTENTIAL", asha.pk): (12_000, "bureau"),
            ("POTENTIAL", ada.pk): (500, "bureau"),
            ("MARGIN", ada.pk): (35, ""),
        }

    @pytest.mark.parametrize("text", ["NaN", "-5", "abc", "1" * 30, "1.234", "٣", "1e9"])
    def test_say_at_the_field_what_cannot_be_taken(self, lantern, plan, sign_in, text):  # noqa: F811
        name, other = f"MARGIN_p{lantern.asha.person.pk}", f"POTENTIAL_p{lantern.ada.person.pk}"
        page = sign_in(lantern.bela).post(url(f"units/{lantern.one.pk}/inputs/", plan), {name: text, other: "5"})
        assert page.status_code == 422
        assert list(page.context["form"].errors) == [name]
        with company_scope(lantern.lantern):
            assert not MethodInput.objects.exists()

    @pytest.mark.parametrize("line", ["Nobody\t5", "Asha\t5\t5\t5\t5\t5\t5", "Asha\t5\t5\t0", "Asha\tx"])
    def test_say_which_pasted_line_is_wrong(self, lantern, plan, sign_in, line):  # noqa: F811
        line = line.replace("Asha", lantern.asha.person.name)
        page = sign_in(lantern.bela).post(url(f"units/{lantern.one.pk}/inputs/", plan), {"pasted": "\n" + line})
        assert page.status_code == 422
        assert "Line 1" in page.context["form"].errors["pasted"][0]

    def test_dealers_add_up_and_are_added_to(self, lantern, plan, sign_in):  # noqa: F811
        browser, about = sign_in(lantern.bela), f"p{lantern.asha.person.pk}"
        where = url(f"units/{lantern.one.pk}/inputs/{about}/", plan)
        sent = {"count": 1, "dealer_0": "Lin", "amount_0": "100", "note_0": "by phone", "pasted": "Wu\t50"}
        assert browser.post(where, sent).status_code == 302
        page = browser.get(url(f"units/{lantern.one.pk}/inputs/", plan))
        row = next(row for row in page.context["rows"] if row["about"] == about)
        assert (row["intended"], row["dealers"]) == (150, 2)
        wrong = browser.post(where, {"count": 2, "dealer_0": "Lin", "amount_0": "", "dealer_1": "", "amount_1": "5"})
        assert wrong.status_code == 422
        assert set(wrong.context["form"].errors) == {"amount_0", "dealer_1"}

    def test_the_preview_names_who_lacks_a_number(self, lantern, plan, sign_in):  # noqa: F811
        enter(lantern, plan, InputKind.POTENTIAL, asha=300)
        browser = sign_in(lantern.bela)
        page = browser.get(url(f"units/{lantern.one.pk}/split/?method=POTENTIAL", plan))
        assert f"{lantern.ada.person.name} has no number" in page.content.decode()
        page = browser.get(url(f"units/{lantern.one.pk}/split/?method=CRITICAL_POINT", plan))
        assert "nobody in Team One has a number" in page.content.decode()

    def test_no_more_than_three_are_combined(self, lantern, plan, sign_in):  # noqa: F811
        sent = {"method": "COMBINATION", "equal_share": 1, "history_share": 1, "headcount_share": 1, "potential_share": 1}
        page = sign_in(lantern.bela).post(url(f"units/{lantern.one.pk}/split/", plan), sent)
        assert page.status_code == 422
        assert "equal_share" in page.context["form"].errors

    def test_a_published_target_says_how_it_came_about(self, lantern, plan, sign_in):  # noqa: F811
        enter(lantern, plan, InputKind.FIXED_COST, asha=300, ada=100)
        enter(lantern, plan, InputKind.MARGIN, asha=30, ada=20)
        split(lantern, plan, lantern.one, shares={SplitMethod.CRITICAL_POINT: 1, SplitMethod.HEADCOUNT: 1})
        with company_scope(lantern.lantern):
            plan.refresh_from_db()
            plans.publish(plan=plan, now=f"{NEXT_YEAR}-01-01T00:00:00Z", by=lantern.amir.user)
        page = sign_in(lantern.asha).get(url(f"mine/?year={NEXT_YEAR}")).content.decode()
        assert "By critical point: 1,000" in page
        assert "300 ÷ 30.0%" in page
