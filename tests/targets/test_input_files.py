"""What methods go by, from a file: the template comes back without a change, a dry run says what would be, row by row."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common.tables import read_table
from common.tenancy import company_scope
from targets.models import MethodInput
from targets.rules import InputKind, SplitMethod
from tests.targets.test_methods import enter, split, year_of
from tests.targets.test_plans_pages import key_of, lantern, plan, sign_in, url  # noqa: F401

HEAD = "Unit or person,Stands in,Market potential,Fixed cost,Gross margin,Planned heads,Free weight,Dealer,Intention,Source\n"


@pytest.fixture
def bela(lantern, sign_in):  # noqa: F811
    return sign_in(lantern.bela)


def where(cast, plan):  # noqa: F811
    return url(f"units/{cast.one.pk}/inputs/file/", plan)


def look(client, cast, plan, text):  # noqa: F811
    return client.post(where(cast, plan), {"file": SimpleUploadedFile("numbers.csv", text.encode())})


def take(client, cast, plan, text):  # noqa: F811
    page = look(client, cast, plan, text)
    return client.post(where(cast, plan), {"looked_at": page.context["kept"]})


def known(cast):
    with company_scope(cast.lantern):
        return {
            (row.kind, row.person and row.person.name, row.dealer): (row.value, row.source)
            for row in MethodInput.objects.select_related("person")
        }


class TestFiles:
    def test_are_looked_at_before_anything_is_kept(self, lantern, plan, bela):  # noqa: F811
        enter(lantern, plan, InputKind.POTENTIAL, asha=500)
        name = lantern.asha.person.name
        page = look(bela, lantern, plan, HEAD + f"{name},,1.2万,300,,,,,,survey\n")
        changes = page.context["read"].changes
        assert [(c.kind, c.old, c.new, c.row) for c in changes] == [
            (InputKind.POTENTIAL, Decimal(500), Decimal(12_000), 2),
            (InputKind.FIXED_COST, None, Decimal(300), 2),
        ]
        assert known(lantern) == {(InputKind.POTENTIAL, name, ""): (Decimal(500), "survey")}

    def test_are_taken_and_the_same_again_changes_nothing(self, lantern, plan, bela):  # noqa: F811
        asha, ada = lantern.asha.person.name, lantern.ada.person.name
        text = HEAD + f"{asha},,100,,35%,,,,,survey\n{asha},,,,,,,Lin,900,by phone\n{ada},,,,,1.5,4,,,\n"
        assert take(bela, lantern, plan, text).status_code == 302
        assert known(lantern) == {
            (InputKind.POTENTIAL, asha, ""): (Decimal(100), "survey"),
            (InputKind.MARGIN, asha, ""): (Decimal(35), "survey"),
            (InputKind.INTENTION, asha, "Lin"): (Decimal(900), "by phone"),
            (InputKind.HEADS, ada, ""): (Decimal("1.5"), ""),
            (InputKind.WEIGHT, ada, ""): (Decimal(4), ""),
        }
        read = look(bela, lantern, plan, text).context["read"]
        assert (read.changes, read.unchanged, read.faults) == ([], 5, [])

    def test_a_dealer_that_is_not_named_stays(self, lantern, plan, bela):  # noqa: F811
        name = lantern.asha.person.name
        take(bela, lantern, plan, HEAD + f"{name},,,,,,,Lin,900,\n")
        take(bela, lantern, plan, HEAD + f"{name},,,,,,,Wu,50,\n")
        assert {key[2]: value for key, (value, _source) in known(lantern).items()} == {"Lin": Decimal(900), "Wu": Decimal(50)}

    @pytest.mark.parametrize(
        "row",
        [
            "Nobody,,1,,,,,,,",
            "{asha},,x,,,,,,,",
            "{asha},,-1,,,,,,,",
            "{asha},,,,101%,,,,,",
            "{asha},,,,,,,,5,",
            "{asha},,,,,,,Lin,,",
            "{asha},,1e9,,,,,,,",
        ],
    )
    def test_a_wrong_row_is_named_and_the_others_are_taken(self, lantern, plan, bela, row):  # noqa: F811
        asha, ada = lantern.asha.person.name, lantern.ada.person.name
        text = HEAD + row.format(asha=asha) + f"\n{ada},,7,,,,,,,\n"
        read = look(bela, lantern, plan, text).context["read"]
        assert [number for number, _reason in read.faults] == [2]
        take(bela, lantern, plan, text)
        assert known(lantern) == {(InputKind.POTENTIAL, ada, ""): (Decimal(7), "")}

    def test_two_rows_that_say_different_things_are_told(self, lantern, plan, bela):  # noqa: F811
        name = lantern.asha.person.name
        read = look(bela, lantern, plan, HEAD + f"{name},,1,,,,,,,\n{name},,2,,,,,,,\n").context["read"]
        assert [(number, "twice" in reason or "两次" in reason) for number, reason in read.faults] == [(3, True)]

    @pytest.mark.parametrize(("name", "content"), [("a.csv", "x,y\n1,2\n"), ("a.csv", ""), ("a.pdf", "x"), ("a.xlsx", "no")])
    def test_no_table_of_numbers_is_said_at_the_file(self, lantern, plan, bela, name, content):  # noqa: F811
        page = bela.post(where(lantern, plan), {"file": SimpleUploadedFile(name, content.encode())})
        assert page.status_code == 422
        assert page.context["errors"]

    def test_what_was_looked_at_must_still_hold_and_cannot_be_forged(self, lantern, plan, bela):  # noqa: F811
        name = lantern.asha.person.name
        kept = look(bela, lantern, plan, HEAD + f"{name},,9,,,,,,,\n").context["kept"]
        enter(lantern, plan, InputKind.POTENTIAL, asha=500)
        bela.post(where(lantern, plan), {"looked_at": kept})
        bela.post(where(lantern, plan), {"looked_at": kept[:-2] + "xx"})
        assert known(lantern) == {(InputKind.POTENTIAL, name, ""): (Decimal(500), "survey")}

    def test_the_template_comes_back_without_a_change(self, lantern, plan, bela):  # noqa: F811
        name = lantern.asha.person.name
        take(bela, lantern, plan, HEAD + f"{name},,100,20,35%,2,3,Lin,900,by phone\n")
        answer = bela.get(where(lantern, plan) + "?as=xlsx")
        assert len(list(read_table(answer.content, "a.xlsx"))) >= 3
        page = bela.post(where(lantern, plan), {"file": SimpleUploadedFile("a.xlsx", answer.content)})
        read = page.context["read"]
        assert (read.changes, read.faults, read.unchanged) == ([], [], 6)


def test_planned_heads_stand_in_for_those_that_are_counted(lantern, plan):  # noqa: F811
    enter(lantern, plan, InputKind.HEADS, asha=3, ada=1)
    with company_scope(lantern.lantern):
        split(lantern, plan, lantern.one, method=SplitMethod.HEADCOUNT)
        asha, ada = (year_of(lantern, plan, key_of(who, lantern.one)) for who in (lantern.asha, lantern.ada))
    assert asha > 2 * ada
