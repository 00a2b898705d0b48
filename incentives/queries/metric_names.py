"""The names of the metrics that facts of lines speak of, in the language that is active."""

from incentives.rules.fact_names import metrics_in
from targets.models import Metric


def metric_names(found: list[dict]) -> dict[int, str]:
    """Return {id: name} of the metrics in facts of lines; one query, none where they speak of no metric."""
    ids = {metric_id for facts in found for metric_id in metrics_in(facts)}
    return {metric.pk: metric.label for metric in Metric.objects.filter(pk__in=ids)} if ids else {}
