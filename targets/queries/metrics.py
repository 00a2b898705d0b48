"""Which of the company's metrics a page speaks of when nobody has chosen one."""

from targets.models import Metric


def headline_metric():
    """Return the first metric in use that adds up to money, else the first that counts; None if there is neither."""
    adding = Metric.objects.filter(is_active=True, is_lower_better=False, kind__in=Metric.ADDING)
    return min(adding, key=lambda metric: (metric.kind != Metric.Kind.MONEY, metric.position, metric.code), default=None)
