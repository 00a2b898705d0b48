"""How the points of an agenda are worded in the reader's language."""

from django.utils.translation import gettext_lazy as _

from meetings.models import AgendaItem

TITLES = {
    AgendaItem.Kind.RANKING: _("Where do we stand?"),
    AgendaItem.Kind.BEHIND: _("Who is behind, and by how much?"),
    AgendaItem.Kind.PRAISE: _("Who deserves praise?"),
    AgendaItem.Kind.TASKS: _("What did we promise each other?"),
}
QUESTIONS = {
    AgendaItem.Kind.RANKING: _("What moved, and what can the others learn from it?"),
    AgendaItem.Kind.BEHIND: _(
        "Is it the person, the market, the customer, the product or the method – and what helps this week?"
    ),
    AgendaItem.Kind.PRAISE: _("What exactly did they do, so that everybody can do it?"),
    AgendaItem.Kind.TASKS: _("Done, or what is in the way?"),
}


def title_of(item):
    """Return a point's title: its own, or the one of its kind."""
    return TITLES.get(item.kind, item.title)


def question_of(item):
    """Return a point's question: its own, or the one of its kind."""
    return item.question or QUESTIONS.get(item.kind, "")
