"""What happens below becomes credits, in the same transaction."""

from datetime import timedelta

from django.dispatch import receiver

from accounts.models import Company
from accounts.services import CompanyRefused
from accounts.signals import company_settings_changing
from credits import services
from customers.signals import complaint_changed, customer_changed, survey_answered
from deals.signals import deal_changed, payment_changed, product_changed, return_recorded
from teams.services import CalendarRefused, UnitRefused
from teams.signals import assignments_changed, calendar_changed, calendar_changing, task_changed, unit_moving
from visits.signals import expense_changed, visit_changed


@receiver(deal_changed)
def credit_deals(*, deal_ids, **_):
    services.post_deals(deal_ids)


@receiver(return_recorded)
def credit_returns(*, return_ids, **_):
    services.post_returns(return_ids)


@receiver(payment_changed)
def credit_payments(*, payment_ids, **_):
    services.post_payments(payment_ids)


@receiver(product_changed)
def credit_products(*, product_ids, **_):
    services.post_products(product_ids)


@receiver(visit_changed)
def credit_visits(*, visit_ids, **_):
    services.post_visits(visit_ids)


@receiver(expense_changed)
def credit_expenses(*, expense_ids, **_):
    services.post_expenses(expense_ids)


@receiver(customer_changed)
def credit_customers(*, customer_ids, **_):
    services.post_customers(customer_ids)


@receiver(complaint_changed)
def credit_complaints(*, complaint_ids, **_):
    services.post_complaints(complaint_ids)


@receiver(survey_answered)
def credit_surveys(*, survey_ids, **_):
    services.post_surveys(survey_ids)


@receiver(task_changed)
def credit_tasks(*, task, **_):
    services.post_tasks([task.pk])


@receiver(assignments_changed)
def credit_people(*, person_ids, from_day, **_):
    services.post_people(person_ids, since=from_day)


@receiver(calendar_changed)
def credit_working_days(*, days, **_):
    for day in days:
        services.repost_days_worked(since=day, through=day)


@receiver(company_settings_changing)
def keep_closed_years(*, company, settings, **_):
    """With another fiscal year the months of closed quarters and years would be added up to other ones."""
    if "fiscal_year_starts_in" in settings:
        boundary = services.keep_books_open()
        is_other = settings["fiscal_year_starts_in"] != Company.objects.get(pk=company.pk).fiscal_year_starts_in
        if boundary is not None and is_other:
            last_day = boundary - timedelta(days=1)
            raise CompanyRefused("year_closed", field="fiscal_year_starts_in", day=last_day.isoformat())


@receiver(calendar_changing)
def keep_closed_days(*, day, **_):
    """Another working day would change what part of its month a week in a closed period asks for."""
    boundary = services.keep_books_open()
    if boundary is not None and day < boundary:
        raise CalendarRefused("period_closed", day=boundary.isoformat())


@receiver(unit_moving)
def keep_closed_periods(*, from_day, **_):
    """A unit that hung elsewhere in a closed period would change what the units above it had."""
    boundary = services.keep_books_open()
    if boundary is not None and from_day < boundary:
        raise UnitRefused("period_closed", day=boundary.isoformat())
