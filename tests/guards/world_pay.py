"""Pay in the world of the guards: statements in every state, a payout, questions, corrections, a payroll file."""

from datetime import date, timedelta

from common.periods import month_of
from incentives.models import Statement
from incentives.rules.terms import LineKind, Status
from incentives.services import corrections, disputes, payouts
from incentives.services import statements as services
from teams.models import Person
from tests.incentives import payslips

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
#: A total that nobody but the person, who leads them and HR may read anywhere; with it goes a part that was earned.
PLANTED_TOTAL, PLANTED_PART = 765_432_198, 765_442_198
PLANTED = ((LineKind.EARNED, PLANTED_PART), (LineKind.CLAWBACK, -10_000))
OTHERS = ((LineKind.EARNED, 310_000), (LineKind.CLAWBACK, -10_000))


def fill_pay(world, *, whose, person, unit, now, today, by):
    """What one person has of pay: a published statement with a payout and a question, and the draft of the running month."""
    lines = PLANTED if whose == "near" else OTHERS
    statement = payslips.published(person, unit, month=FEBRUARY, lines=lines, known_at=now - timedelta(1), now=now, by=by)
    first, second = statement.lines.order_by("position")
    payout = payouts.pay_out(statement=statement, amount=1_000, paid_on=today, today=today, by=by)
    text = f"{person.name}'s question"
    dispute = disputes.ask(line=first, person=person, text=text, now=now, today=today, by=by)
    draft = payslips.draft(person, unit, month=MARCH, known_at=now)
    corrections.correct(person=person, month=MARCH, amount=500, reason=f"{person.name}'s reason", decider=None, by=by)
    corrections.set_terms(person=person, starts_on=FEBRUARY, base_pay=400_000, by=by)
    Statement.objects.filter(pk=draft.pk).update(is_stale=False)
    world.keep(
        whose,
        statement=statement,
        draft_statement=draft,
        pay_line=second,
        payout=payout,
        dispute=dispute,
    )


def fill_office(world, *, whose, by):
    """What a company has of pay once."""
    word = "Rivalcanary" if whose == "rival" else "Lantern"
    export = payouts.keep_payroll(
        period=month_of(FEBRUARY), file_name=f"{word}.csv", content=word.encode(), people=1, total=1, by=by
    )
    world.keep(whose, pay_export=export, statement_verb="acknowledge", pay_verb="approve")


def grow_pay(world, number, *, now, today, by):
    """One more of everything: a month before for Asha, a statement, question and correction of somebody else."""
    asha, one = world.cast.asha.person, world.cast.one
    month = month_of(FEBRUARY - timedelta(days=20 + 30 * number)).starts_on
    older = payslips.draft(asha, one, month=month, known_at=now)
    payslips.bring(older, Status.CHECKED, now=now, by=by)
    # Later months are published already, which nobody gets round by the pages.
    services._write([older], Status.PUBLISHED, now, by)
    payouts.pay_out(statement=older, amount=100, paid_on=today, today=today, by=by)
    disputes.ask(line=older.lines.get(), person=asha, text=f"More {number}", now=now, today=today, by=by)
    statement = Statement.objects.get(pk=world.id_of("statement", "near"))
    payouts.pay_out(statement=statement, amount=1, paid_on=today, today=today, by=by)
    colleague = Person.objects.get(name=f"More {number}")
    payslips.draft(colleague, one, month=MARCH, known_at=now)
    corrections.correct(person=colleague, month=MARCH, amount=5, reason=f"More {number}", decider=None, by=by)
