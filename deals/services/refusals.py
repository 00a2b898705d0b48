"""Why a change to a deal is not done."""

from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal


class DealRefused(Refusal):
    """A change that the state of the deal does not allow."""

    sentences = {
        "not_open": _("The deal is not open any more."),
        "not_won": _("Only a won deal can do this."),
        "is_open": _("The deal is already open."),
        "no_lines": _("A deal needs at least one product to be won."),
        "no_reason": _("Say why."),
        "has_payments": _("Money was already received for this deal; cancel the payments first."),
        "has_returns": _("Goods of this deal were already returned; it can no longer be changed like this."),
        "closed_before_opened": _("The deal cannot be closed before it was opened."),
        "number_taken": _("There is already a deal with this number."),
        "amount_has_lines": _("The amount follows from the products; change those."),
        "nothing_to_return": _("Nothing is left that could come back."),
        "more_than_sold": _("Of %(product)s only %(left)s can still come back."),
        "foreign_line": _("This product is not part of the deal."),
        "returned_before_won": _("Goods cannot come back before the deal was won."),
        "more_than_returned": _("At most %(most)s can be taken off for these goods."),
        "not_payable": _("Nothing can be paid for a deal that was lost or cancelled."),
        "more_than_due": _("Only %(due)s is still to be paid."),
        "not_positive": _("The amount must be more than zero."),
    }
