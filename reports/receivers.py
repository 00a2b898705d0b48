"""What reports do when something happens below."""

from django.dispatch import receiver

from accounts.signals import company_created
from common.tenancy import company_scope
from reports.services import add_builtin_assessment
from targets.services.metrics import add_builtin_metrics


@receiver(company_created)
def give_assessment(*, company, **_):
    with company_scope(company):
        # Receivers have no order; the indicators need the metrics, and adding those twice changes nothing.
        add_builtin_metrics()
        add_builtin_assessment()
