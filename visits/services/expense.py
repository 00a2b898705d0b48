"""Expenses: claimed, approved or declined by whoever leads the claimant, taken back; and what they can be claimed for."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.cleaning import clean_values
from common.refusals import Refusal
from common.repeats import made_before
from visits import signals
from visits.models import Expense, ExpenseCategory

Status = Expense.Status
#: What every company begins with; the rest is its own.
CATEGORIES = ("差旅交通", "客户招待", "样品物料", "市场活动", "其他")


class ExpenseRefused(Refusal):
    """An expense cannot be claimed or decided so. `field` is where to mend it."""

    sentences = {
        "in_future": _("An expense cannot lie after today."),
        "not_positive": _("An expense is more than nothing."),
        "own": _("Nobody decides about an expense of their own."),
        "decided": _("Somebody has decided about this expense already."),
        "not_decided": _("Nobody has decided about this expense yet."),
        "no_reason": _("Say why it is declined."),
        "name_taken": _("There is a category with this name already."),
    }

    def __init__(self, code, *, field=None, **params):
        super().__init__(code, **params)
        self.field = field


@transaction.atomic
def claim_expense(
    *, person, category, amount, spent_on, note="", receipt="", customer=None, today, client_ref=None, by
) -> Expense:
    """
    Claim what was spent; it counts once it is approved. A repeated `client_ref` returns the claim that it made before.

    :param amount: a decimal in the company's currency.
    :param receipt: under which number the receipt is kept.
    :raises ExpenseRefused: `in_future`, `not_positive`.
    :raises ValidationError: for values that do not fit.
    """
    if made := made_before(Expense.objects, client_ref):
        return made
    if spent_on > today:
        raise ExpenseRefused("in_future", field="spent_on")
    if amount <= 0:
        raise ExpenseRefused("not_positive", field="amount")
    expense = Expense(
        person=person,
        category=category,
        amount=amount,
        spent_on=spent_on,
        note=note.strip(),
        receipt=receipt.strip(),
        customer=customer,
        client_ref=client_ref,
    )
    clean_values(expense)
    expense.save()
    after = {"amount": amount, "category": str(category), "spent_on": spent_on}
    record("visits.expense.claimed", about=expense, by=by, after=after)
    return expense


@transaction.atomic
def approve_expense(*, expense, decider, now, by) -> Expense:
    """
    Approve a claim; from then on it counts on the day it was spent. Pressed twice, it stays approved.

    :param decider: the person who decides, None for one outside of the organisation.
    :raises ExpenseRefused: `own`, `decided`.
    """
    expense = _locked(expense)
    if expense.status == Status.APPROVED:
        return expense
    return _decide(expense, "visits.expense.approved", Status.APPROVED, decider, by, now=now)


@transaction.atomic
def decline_expense(*, expense, decider, reason, now, by) -> Expense:
    """
    Decline a claim, with the reason.

    :raises ExpenseRefused: `own`, `decided`, `no_reason`.
    """
    if not reason.strip():
        raise ExpenseRefused("no_reason", field="reason")
    return _decide(_locked(expense), "visits.expense.declined", Status.DECLINED, decider, by, now=now, reason=reason.strip())


@transaction.atomic
def undo_decision(*, expense, decider, by) -> Expense:
    """
    Take a decision back: the claim waits again, and what it counted is taken off.

    :raises ExpenseRefused: `own`, `not_decided`.
    """
    expense = _locked(expense)
    _refuse_own(expense, decider)
    if expense.status not in (Status.APPROVED, Status.DECLINED):
        raise ExpenseRefused("not_decided")
    return _set(expense, "visits.expense.undone", by, status=Status.SUBMITTED, decided_by=None, decided_at=None, reason="")


@transaction.atomic
def withdraw_expense(*, expense, by) -> Expense:
    """
    Take one's own claim back; pressed twice, it stays withdrawn.

    :raises ExpenseRefused: `decided`.
    """
    expense = _locked(expense)
    if expense.status in (Status.APPROVED, Status.DECLINED):
        raise ExpenseRefused("decided")
    return _set(expense, "visits.expense.withdrawn", by, status=Status.WITHDRAWN)


def add_builtin_categories():
    """Give the active company the categories that it begins with."""
    ExpenseCategory.objects.bulk_create(
        [ExpenseCategory(name=name, position=position) for position, name in enumerate(CATEGORIES, start=1)],
        ignore_conflicts=True,
    )


@transaction.atomic
def add_category(*, name, by) -> ExpenseCategory:
    """
    Add something that expenses can be claimed for.

    :raises ExpenseRefused: `name_taken`.
    """
    position = (ExpenseCategory.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    category = ExpenseCategory(name=name.strip(), position=position)
    clean_values(category)
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError as error:
        raise ExpenseRefused("name_taken", field="name") from error
    record("visits.expensecategory.added", about=category, by=by, after={"name": category.name})
    return category


@transaction.atomic
def switch_category(*, category, by) -> ExpenseCategory:
    """Offer a category no more, or again; what was claimed for it stays."""
    category = ExpenseCategory.objects.select_for_update(of=("self",)).get(pk=category.pk)
    change(category, action="visits.expensecategory.changed", by=by, is_active=not category.is_active)
    return category


def _decide(expense, action, status, decider, by, *, now, reason=""):
    _refuse_own(expense, decider)
    if expense.status != Status.SUBMITTED:
        raise ExpenseRefused("decided")
    return _set(expense, action, by, status=status, decided_by=by, decided_at=now, reason=reason)


def _refuse_own(expense, decider):
    if decider is not None and decider.pk == expense.person_id:
        raise ExpenseRefused("own")


def _set(expense, action, by, **values):
    counted = expense.status == Status.APPROVED
    change(expense, action=action, by=by, **values)
    if counted != (expense.status == Status.APPROVED):
        signals.expense_changed.send(sender=Expense, expense_ids=[expense.pk])
    return expense


def _locked(expense):
    return Expense.objects.select_for_update(of=("self",)).get(pk=expense.pk)
