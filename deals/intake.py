"""
Logging what a page's form or a phone's queue brought: both doors fill the same form and come through here.

The deal's customer may be a new one; deal and customer are written together or not at all.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from common.refusals import Refusal
from customers.services import CustomerRefused, chosen_or_added
from deals import services
from deals.models import Deal


def log(form, *, by):
    """Log or open the deal of a filled form; return it, or None with the reasons on the form."""
    if not form.is_valid():
        return None
    try:
        return _log(form, by=by)
    except CustomerRefused as refusal:
        form.add_error("customer", refusal.reason)
    except Refusal as refusal:
        form.add_error("product", refusal.reason)
    except ValidationError as error:
        for name, texts in getattr(error, "error_dict", {None: error.error_list}).items():
            form.add_error(name if name in form.fields else None, texts)
    return None


def said_of(deal):
    """Return the words with which a logged deal is confirmed."""
    said = _("Deal %(number)s is won.") if deal.status == Deal.Status.WON else _("Deal %(number)s is opened.")
    return said % {"number": deal.number}


@transaction.atomic
def _log(form, *, by):
    given = form.cleaned_data
    owner, lines = given.get("owner") or form.person, form.lines.lines()
    common = {name: given[name] for name in ("channel", "title", "note", "client_ref")}
    common |= {"owner": owner, "lines": lines, "by": by}
    common["customer"] = chosen_or_added(**form.choice(), owner=owner, ref=given["client_ref"], by=by)
    if given["status"] == Deal.Status.WON:
        return services.log_deal(closed_on=given["closed_on"], **common)
    return services.open_deal(
        opened_on=form.today,
        stage=given["stage"] or Deal.Stage.LEAD,
        expected_on=given["expected_on"],
        amount=None if lines else given["estimate"],
        **common,
    )
