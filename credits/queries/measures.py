"""What the ledger counts, with the names that people read."""

from credits.models import OwnMeasure
from credits.rules import Measure, own, scale_of
from customers.models import Channel
from deals.models import ProductLine

#: `credits.rules.STOCKED` for the database, spelled out so that the indexes of what is stocked can be used.
STOCKED_IN_SQL = "('ACTIVE_CUSTOMERS', 'AMOUNT_DUE', 'COLLECTED_DUE')"


def own_measures():
    """Return {code: the rule that was set last} of what the company counts by its own rules."""
    return {rule.code: rule for rule in OwnMeasure.objects.order_by("code", "starts_on")}


def words_of(parts):
    """Return each part in words, in two queries whatever their number."""
    lines = _names(ProductLine, {pk for part in parts for pk in part.product_lines or ()})
    channels = _names(Channel, {pk for part in parts for pk in part.channels or ()})
    return [own.describe(part, line_names=lines, channel_names=channels) for part in parts]


def shapes_of(measures, *, rules=None):
    """
    Return {measure: (name, decimal places)}; own measures are named by what they count now.

    :param rules: `own_measures()` where they are at hand.
    """
    if rules is None:
        rules = own_measures() if any(measure not in Measure.values for measure in measures) else {}
    known = [measure for measure in measures if measure in rules]
    words = dict(zip(known, words_of([rules[measure].part for measure in known]), strict=True))
    return {
        measure: (words[measure], scale_of(rules[measure].measure))
        if measure in rules
        else (Measure(measure).label, scale_of(measure))
        for measure in measures
    }


def _names(model, ids):
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
