"""What the demo's people spend on selling: claims of every month, most of them approved, the latest still waiting."""

import random
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo import names
from visits.models import Expense, ExpenseCategory

#: On one of so many days somebody claims something.
CLAIMS_ONE_IN = 14
BATCH = 2000


def spend(*, company, reps, days, until):
    """Claim travel, invitations, samples and the like; who drives more spends more."""
    zone = ZoneInfo(company.time_zone)
    categories = list(ExpenseCategory.objects.order_by("position"))
    expenses = []
    for rep in reps:
        chance = random.Random(f"{company.slug}-{rep.person.employee_number}-expenses")
        for day in days:
            if not rep.works_on(day) or chance.random() > rep.temper.drive / CLAIMS_ONE_IN:
                continue
            kind = chance.choices(range(len(names.EXPENSES)), (6, 3, 2, 2, 1))[0]
            lowest, highest, notes = names.EXPENSES[kind]
            waits = (until - day).days < 6
            declined = not waits and chance.random() < 0.04
            expenses.append(
                Expense(
                    person=rep.person,
                    category=categories[kind],
                    amount=Decimal(chance.randrange(lowest * 10, highest * 10)) / 10,
                    spent_on=day,
                    note=chance.choice(notes),
                    receipt=f"FP{day:%y%m%d}{len(expenses) % 1000:03d}",
                    status="SUBMITTED" if waits else "DECLINED" if declined else "APPROVED",
                    reason=names.EXPENSE_DECLINED if declined else "",
                    decided_at=None if waits else datetime.combine(day + timedelta(days=3), time(18), tzinfo=zone),
                )
            )
    Expense.objects.bulk_create(expenses, batch_size=BATCH)
