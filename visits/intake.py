"""
Logging what a page's form or a phone's queue brought: both doors fill the same form and come through here.

The visit's customer may be a new one; visit and customer are written together or not at all.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from common.refusals import Refusal
from customers.services import CustomerRefused, chosen_or_added
from visits import services


def log(form, *, person, by, checked_in_at=None):
    """Log the visit of a filled form; return it, or None with the reasons on the form."""
    if not form.is_valid():
        return None
    try:
        return _log(form, person=person, by=by, checked_in_at=checked_in_at)
    except CustomerRefused as refusal:
        form.add_error("customer", refusal.reason)
    except Refusal as refusal:
        form.add_error("next_on" if refusal.code == "next_before_visit" else None, refusal.reason)
    except ValidationError as error:
        for name, texts in getattr(error, "error_dict", {None: error.error_list}).items():
            form.add_error(name if name in form.fields else None, texts)
    return None


def said_of(visit):
    """Return the level and the words with which a saved visit is confirmed."""
    if visit.is_valid:
        return messages.SUCCESS, _("The visit is saved.")
    reason = visit.get_invalid_reason_display()
    return messages.WARNING, _("The visit is kept, but does not count: %(reason)s.") % {"reason": reason}


@transaction.atomic
def _log(form, *, person, by, checked_in_at):
    given = form.cleaned_data
    customer = chosen_or_added(**form.choice(), owner=person, ref=given["client_ref"], by=by)
    return services.log_visit(
        person=person,
        customer=customer,
        today=form.today,
        visited_on=form.today if checked_in_at else given["visited_on"],
        checked_in_at=checked_in_at,
        **form.position(),
        **form.learned(),
        client_ref=given["client_ref"],
        by=by,
    )
