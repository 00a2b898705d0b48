"""What is said about rows of people: why one is not taken, what is guessed."""

from django.utils.translation import gettext_lazy as _

from common.intake import BadRow, Note


class BadPersonRow(BadRow):
    sentences = {
        "two_of_this_name": _("Several people are called %(name)s: give the employee number."),
        "again": _("Row %(row)s is about the same person. For a history, give each row its day in the unit."),
        "team_unclear": _("Several teams are called %(name)s: give the region or the path too."),
        "path_too_long": _("A unit's name has at most 80 characters."),
        "before_hired": _("The day in the unit (%(day)s) is before the hiring day (%(hired)s)."),
        "leaves_before_hired": _("The day of leaving (%(day)s) is not after the hiring day (%(hired)s)."),
        "leaves_before_place": _("The person was still assigned on %(day)s, after leaving."),
        "later_place": _("The person is already assigned from %(day)s on; say since when this one holds."),
    }


class TakenPerson(Note):
    sentences = {
        "hired_unknown": _("No hiring day: %(day)s is taken."),
        "manager_made": _("%(name)s leads %(unit)s but is not in the list: added as its manager, hired on %(day)s."),
        "manager_elsewhere": _("%(name)s is named as leading %(unit)s but stands elsewhere and was not moved."),
        "manager_unclear": _("Several people are called %(name)s: nobody was made the manager of %(unit)s."),
        "name_loosely": _("“%(given)s” is taken as %(taken)s."),
        "team_by_manager": _("No team is named: the team is the one of %(name)s."),
    }
