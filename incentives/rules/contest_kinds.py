"""The words in which a contest says what it is. Conventions: docs/conventions.md, \"Contests\"."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Form(TextChoices):
    RANK = "RANK", pgettext_lazy("contest", "Ranking")
    RANK_MINIMUM = "RANK_MINIMUM", _("Ranking with a minimum")
    STEPS = "STEPS", pgettext_lazy("contest", "Steps")
    POT = "POT", _("Share of a pot")
    PERSONAL = "PERSONAL", _("Personal goal")
    RELAY = "RELAY", _("Team relay")


class Yardstick(TextChoices):
    """What somebody's result is measured against, so that different people can win against each other."""

    NONE = "NONE", _("The figure as it is")
    TARGET = "TARGET", _("In % of one’s own target")
    BEFORE = "BEFORE", _("In % of one’s own days before")
    YEAR = "YEAR", _("In % of one’s own year before")


class Leagues(TextChoices):
    NONE = "NONE", _("All together")
    STAGE = "STAGE", _("By tenure stage")
    POTENTIAL = "POTENTIAL", _("By market potential")


class TieRule(TextChoices):
    SHARE = "SHARE", _("They share the prizes of their places")
    FULL = "FULL", _("Each gets the full prize")
    FIRST = "FIRST", _("Whoever reached it first")


class PotBy(TextChoices):
    VALUE = "VALUE", _("by what each reached")
    EQUAL = "EQUAL", _("in equal parts")


class Phase(TextChoices):
    """Where a contest stands on a day."""

    DRAFT = "DRAFT", _("Draft")
    COMING = "COMING", _("Coming")
    RUNNING = "RUNNING", _("Running")
    FINISHED = "FINISHED", _("Being counted")
    FROZEN = "FROZEN", _("Standing fixed")
    DECIDED = "DECIDED", _("Awarded")
    WITHDRAWN = "WITHDRAWN", _("Called off")


class Apart(TextChoices):
    """Why somebody has no place."""

    NOTHING_YET = "NOTHING_YET", _("Nothing counted yet")
    NO_YARDSTICK = "NO_YARDSTICK", _("Nothing to be measured against")
    HAS_LEFT = "HAS_LEFT", _("No longer here on the last day")


#: Forms with places among single people.
RANKED = (Form.RANK, Form.RANK_MINIMUM)
