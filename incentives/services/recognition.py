"""Recognition: thanking somebody at once, for something specific."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import Praise


class PraiseRefused(Refusal):
    """Praise that cannot be given so."""

    sentences = {
        "oneself": _("You cannot praise yourself."),
        "has_left": _("They do not work here any more."),
        "empty": _("Say what they did."),
    }


@transaction.atomic
def praise(*, to, giver, text, given_on, client_ref=None, by):
    """
    Thank a person, visibly for everybody; the same `client_ref` again gives the same praise.

    :raises PraiseRefused: for oneself, somebody who has left, or without words.
    """
    if made := made_before(Praise.objects, client_ref):
        return made
    if to.pk == giver.pk:
        raise PraiseRefused("oneself")
    if to.left_on and to.left_on <= given_on:
        raise PraiseRefused("has_left")
    if not text.strip():
        raise PraiseRefused("empty")
    given = Praise.objects.create(to=to, by=giver, text=text.strip(), given_on=given_on, client_ref=client_ref)
    record("incentives.praise.given", about=given, by=by, after={"to": str(to), "text": given.text})
    return given


@transaction.atomic
def take_back(*, given, by):
    """Take praise back that was given by mistake."""
    record("incentives.praise.withdrawn", about=given, by=by, before={"to": str(given.to), "text": given.text})
    given.delete()
