"""What HR and the admin look at first: who is to be decided on, who left when, what was changed in words."""

from datetime import date, timedelta

from teams.models import Person
from teams.rules import survival_ends_before
from teams.services import end_employment, transfer


class TestHomeOfHr:
    def test_names_the_reps_whose_survival_stage_ends_soon_and_no_managers(self, lantern, as_, today):
        soon = today + timedelta(days=10)
        hired_on = next(day for n in range(250) if survival_ends_before(day := today - timedelta(days=n)) <= soon)
        Person.objects.filter(pk__in=[lantern.asha.person.pk, lantern.bela.person.pk]).update(hired_on=hired_on)
        staffing = as_(lantern.hana).get("/lantern/").context["staffing"]
        assert [(due.name, due.due_before) for due in staffing.decisions] == [("Asha", survival_ends_before(hired_on))]

    def test_shows_the_last_day_of_who_left(self, lantern, as_):
        end_employment(person=lantern.ben.person, left_on=date(2026, 3, 11), reason="", by=lantern.hana.user)
        staffing = as_(lantern.hana).get("/lantern/").context["staffing"]
        assert [(name, day) for _pk, name, _unit, day, _reason in staffing.recent_leavers] == [("Ben", date(2026, 3, 10))]


class TestHomeOfAdmin:
    def test_tells_the_latest_changes_in_words(self, lantern, as_, today):
        transfer(person=lantern.asha.person, unit=lantern.two, role="REP", from_day=today, by=lantern.amir.user)
        change = as_(lantern.amir).get("/lantern/").context["changes"][0]
        assert (change.title, change.by) == ("Person · transferred", str(lantern.amir.user))
