"""What is said about rows of deals: why one is not taken, what is guessed."""

from django.utils.translation import gettext_lazy as _

from common.intake import BadRow, Note


class BadDealRow(BadRow):
    sentences = {
        "spoiled": _("Row %(row)s of the same deal could not be read, so none of its rows is taken."),
        "again": _("The same as row %(row)s."),
        "rows_disagree": _("The rows of this deal say different things about “%(field)s”."),
        "no_such": _("%(what)s “%(name)s” is not known."),
        "no_such_near": _("%(what)s “%(name)s” is not known. Did you mean: %(near)s?"),
        "unclear": _("Several are called “%(name)s”: give the number or code."),
        "closing_day_needed": _("A deal that is won, lost or cancelled needs the day on which it was."),
        "closed_before_opened": _("The closing day (%(closed)s) is before the opening day (%(opened)s)."),
        "in_future": _("The closing day (%(closed)s) is still to come."),
        "amount_has_lines": _("The deal has products that add up to %(amount)s; to change the amount, give the products."),
        "nothing_sold": _("A won deal needs a product or an amount."),
        "has_returns": _("Goods of this deal have come back; change it on its own page."),
        "has_payments": _("Money was received for this deal (%(paid)s); change it on its own page."),
    }


class TakenDeal(Note):
    sentences = {
        "name_loosely": _("“%(given)s” is taken as %(taken)s."),
        "no_customer": _("No customer is named: taken without one."),
        "customer_made": _("The customer %(name)s is new and was added."),
        "no_owner": _("Nobody is named as owner: the deal is credited to nobody."),
        "owner_in_no_unit": _("%(name)s was in no unit on %(day)s: credited to the person, to no team."),
        "expected_instead": _("The deal is open, so the closing day is taken as the expected one."),
    }
