"""What is said about rows of targets: why one is not taken, what is guessed."""

from django.utils.translation import gettext_lazy as _

from common.intake import BadRow, Note


class BadTargetRow(BadRow):
    sentences = {
        "no_person": _("Nobody is called %(name)s."),
        "no_person_near": _("Nobody is called %(name)s. Did you mean: %(near)s?"),
        "person_unclear": _("Several people are called %(name)s: give the employee number."),
        "no_unit": _("There is no unit called %(name)s."),
        "no_unit_near": _("There is no unit called %(name)s. Did you mean: %(near)s?"),
        "unit_unclear": _("Several units are called %(name)s: give the path."),
        "no_metric": _("There is no metric called %(name)s."),
        "metric_unclear": _("Several metrics are called %(name)s: give the code."),
        "ratio": _("%(name)s is a ratio and has no targets of its own."),
        "no_year": _("The row names no year."),
        "no_month": _("The row names no month and has no months beside each other."),
        "nothing": _("The row gives no target."),
        "two_years": _("The month is not in the year %(year)s."),
        "in_no_team": _("%(name)s sells in no team in %(month)s."),
        "not_in_unit": _("%(name)s does not sell in %(unit)s in %(year)s."),
        "no_organisation": _("There is no organisation yet to set targets for."),
        "unit_closed": _("%(name)s is closed in that year."),
        "locked": _("%(name)s is locked in %(month)s. Unlock it first, or leave it out."),
        "published": _("The plan for %(name)s is published. Adjust it, or withdraw it first to change its targets."),
        "again": _("Row %(row)s already says this target, with another amount."),
    }


class TakenTarget(Note):
    sentences = {
        "metric_unknown": _("No metric is named: %(name)s is taken."),
        "name_loosely": _("“%(given)s” is taken as %(taken)s."),
        "tiers_made": _("No floor and stretch are given: %(floor)s %% and %(stretch)s %% of the commit target."),
        "parent_made": _("The units above had no target in these months: the sum of their parts was taken."),
        "does_not_add_up": _("%(unit)s, %(month)s: the target is %(amount)s, its parts add up to %(parts)s."),
    }
