from datetime import date

import pytest

from accounts.rules import Role
from common.tenancy import company_scope
from teams.models import Assignment, Person, Unit
from tests.exchange.importing import TODAY, counts, guesses, refusals, take


@pytest.fixture
def lantern(cast):
    """Lantern is active, and Amir is at work."""
    with company_scope(cast.lantern):
        yield cast


def take_people(cast, content, **asked):
    return take("PEOPLE", content, by=cast.amir.user, **asked)


def places(name):
    rows = Assignment.objects.filter(person__name=name).order_by("starts_on")
    return [(row.unit.name, row.role, row.starts_on, row.ends_before) for row in rows]


class TestPeopleOfAFile:
    def test_come_with_their_units_and_places(self, lantern):
        done = take_people(
            lantern,
            """工号,姓名,角色,大区,团队,入职日期,手机,邮箱
            E-1,李娜,业务员,South,Team Nine,2025-03-01,138 0013 8000,LI.NA@example.com
            E-2,王强,主管,South,Team Nine,2024年5月6日,,""",
        )
        assert counts(done) == (2, 0, 0, 0)
        assert places("李娜") == [("Team Nine", Role.REP, date(2025, 3, 1), None)]
        assert places("王强") == [("Team Nine", Role.MANAGER, date(2024, 5, 6), None)]
        person = Person.objects.get(name="李娜")
        assert (person.employee_number, person.phone, person.email) == ("E-1", "+8613800138000", "li.na@example.com")
        south = Unit.objects.get(name="South")
        assert (south.kind, south.parent) == (Unit.Kind.REGION, lantern.root)
        assert Unit.objects.get(name="Team Nine").kind == Unit.Kind.TEAM

    def test_stay_as_they_are_when_the_file_comes_again(self, lantern):
        file = "name,region,manager,hired on\nAnn,South,Mark,2025-01-01\nBo,South,Mark,2025-02-01"
        first, second = take_people(lantern, file), take_people(lantern, file)
        assert (counts(first), counts(second)) == ((2, 0, 0, 0), (0, 0, 2, 0))
        assert Unit.objects.filter(parent__name="South").count() == 1

    def test_known_units_are_found_by_path_with_or_without_the_company(self, lantern):
        before = Unit.objects.count()
        file = "name,unit,hired on\nAnn,Lantern/East/Team One,2025-01-01\nCho,East > Team Two,2025-01-01"
        assert counts(take_people(lantern, file)) == (2, 0, 0, 0)
        assert places("Ann")[0][0] == "Team One"
        assert places("Cho")[0][0] == "Team Two"
        assert Unit.objects.count() == before

    def test_their_manager_is_added_when_the_file_only_names_them(self, lantern):
        done = take_people(lantern, "name,region,manager,hired on\nAnn,South,Mark,2025-02-01\nCho,South,Mark,2025-01-01")
        assert places("Mark") == [("Mark's team", Role.MANAGER, date(2025, 1, 1), None)]
        assert any("Mark leads Mark's team but is not in the list" in said for _row, said in guesses(done))

    def test_a_known_manager_gives_the_team(self, lantern):
        done = take_people(lantern, "name,region,manager,hired on\nAnn,East,Bela,2025-02-01")
        assert places("Ann")[0][0] == "Team One"
        assert guesses(done) == [(2, "No team is named: the team is the one of Bela.")]

    def test_one_without_a_hiring_day_is_said_to_be_guessed(self, lantern):
        done = take_people(lantern, "name,unit\nAnn,East/Team One")
        assert Person.objects.get(name="Ann").hired_on == TODAY
        assert guesses(done) == [(2, "No hiring day: 2026-03-31 is taken.")]

    def test_a_colleague_without_a_number_gets_a_free_one(self, lantern):
        Person.objects.create(name="Old", employee_number="P0007", hired_on=TODAY)
        take_people(lantern, "name,hired on\nAnn,2025-01-01\nCho,2025-01-01")
        assert list(Person.objects.filter(name__in=["Ann", "Cho"]).values_list("employee_number", flat=True)) == [
            "P0008",
            "P0009",
        ]


class TestAMove:
    def test_ends_the_old_place_on_the_day_of_the_new_one(self, lantern):
        done = take_people(lantern, "employee number,name,team,in unit since\nE-asha,Asha,Team Two,2025-07-01")
        assert counts(done) == (0, 1, 0, 0)
        assert places("Asha") == [
            ("Team One", Role.REP, date(2024, 1, 1), date(2025, 7, 1)),
            ("Team Two", Role.REP, date(2025, 7, 1), None),
        ]

    def test_without_a_day_holds_from_today(self, lantern):
        take_people(lantern, "employee number,name,team\nE-asha,Asha,Team Two")
        assert places("Asha")[1][2] == TODAY

    def test_a_history_of_several_rows_is_written_in_order_and_only_once(self, lantern):
        file = """employee number,name,team,role,in unit since,hired on
            E-9,Nia,Team Two,rep,2025-03-01,2024-06-01
            E-9,Nia,Team One,rep,2024-06-01,2024-06-01
            E-9,Nia,Team One,manager,2025-09-01,2024-06-01"""
        assert counts(take_people(lantern, file)) == (1, 2, 0, 0)
        expected = [
            ("Team One", Role.REP, date(2024, 6, 1), date(2025, 3, 1)),
            ("Team Two", Role.REP, date(2025, 3, 1), date(2025, 9, 1)),
            ("Team One", Role.MANAGER, date(2025, 9, 1), None),
        ]
        assert places("Nia") == expected
        assert counts(take_people(lantern, file)) == (0, 0, 3, 0)
        assert places("Nia") == expected

    def test_a_leaver_has_no_place_after_the_last_day(self, lantern):
        assert counts(take_people(lantern, "employee number,name,left on\nE-asha,Asha,2025-09-01")) == (0, 1, 0, 0)
        assert places("Asha") == [("Team One", Role.REP, date(2024, 1, 1), date(2025, 9, 1))]

    def test_credits_follow_to_the_new_unit(self, lantern, monkeypatch):
        told = []
        from teams.signals import assignments_changed

        def listen(**news):
            told.append((list(news["person_ids"]), news["from_day"]))

        assignments_changed.connect(listen)
        try:
            take_people(lantern, "employee number,name,team,in unit since\nE-asha,Asha,Team Two,2025-07-01")
        finally:
            assignments_changed.disconnect(listen)
        assert told == [([lantern.asha.person.pk], date(2025, 7, 1))]


class TestARowOfPeople:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("Ann,1995-02-30,,,", "There is no 1995-02-30 in the calendar."),
            ("Ann,2025-01-01,2024-12-31,,", "The day of leaving (2024-12-31) is not after the hiring day (2025-01-01)."),
            (",2025-01-01,,,", "A value is needed."),
            ("Ann,2025-01-01,,boss of all,", "“boss of all” is none of"),
            ("A\x00nn,2025-01-01,,,", "The text holds characters that cannot be stored."),
            (f"{'A' * 81},2025-01-01,,,", "The text has 81 characters; at most 80 are kept."),
            ("Ann,2025-01-01,,,no-mail", "“no-mail” is not an e-mail address."),
        ],
    )
    def test_that_cannot_be_right_is_handed_back_and_the_others_are_taken(self, lantern, row, reason):
        done = take_people(lantern, f"name,hired on,left on,role,e-mail\n{row}\nGood,2025-01-01,,,{'g' * 60}@example.com")
        assert counts(done) == (1, 0, 0, 1)
        assert reason in refusals(done)[2][0]
        assert Person.objects.filter(name="Good").exists()

    def test_about_one_of_two_namesakes_needs_the_number(self, lantern):
        for number in ("N1", "N2"):
            Person.objects.create(name="Kim", employee_number=number, hired_on=TODAY)
        done = take_people(lantern, "name,phone number\nKim,13800138000")
        assert refusals(done) == {2: ["Several people are called Kim: give the employee number."]}

    def test_twice_in_a_file_is_taken_once(self, lantern):
        done = take_people(lantern, "employee number,name,hired on\nE-7,Ann,2025-01-01\nE-7,Anna,2025-01-01")
        assert counts(done) == (1, 0, 0, 1)
        assert Person.objects.get(employee_number="E-7").name == "Ann"

    def test_empty_cells_leave_what_is_known(self, lantern):
        take_people(lantern, "employee number,name,hobbies\nE-asha,Asha,chess")
        assert counts(take_people(lantern, "employee number,name,hobbies\nE-asha,Asha,")) == (0, 0, 1, 0)
        assert Person.objects.get(employee_number="E-asha").hobbies == "chess"
