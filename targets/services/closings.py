"""What a closing settles about targets."""

from targets.models import ClosedPlan, Plan


def settle_targets(*, closing):
    """Keep which plans were published when a period was closed; part of the closing, which the trail has on record."""
    published = Plan.objects.filter(status=Plan.Status.PUBLISHED, year_starts_on__lt=closing.ends_before)
    ClosedPlan.objects.bulk_create([ClosedPlan(closing=closing, plan=plan) for plan in published.order_by("pk")])
