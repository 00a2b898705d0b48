"""What visits do when they hear news from below."""

from django.dispatch import receiver

from accounts.signals import company_created
from common.tenancy import company_scope
from visits.services import add_builtin_categories


@receiver(company_created)
def give_categories(*, company, **_):
    with company_scope(company):
        add_builtin_categories()
