"""
Posting: the one way into the ledger.

Whatever happens to a fact, its credits are worked out anew and the difference to what it had posted is added. So posting
is safe to repeat, indifferent to order and batching, and never changes a row. Days that moved are marked in the same
statement; the roll-up follows the marks (`credits.rollups`). What is posted for a closed period counts on the first open day.
"""

from datetime import date, timedelta
from functools import partial
from itertools import zip_longest

from django.db import connection, transaction
from django.db.models import F, Q, Window
from django.db.models.functions import Mod, RowNumber

from accounts.models import Company
from common.locks import LockSpace, hold, share
from common.periods import Period
from common.tenancy import require_company_id
from credits.models import Credit, DayReached, OwnMeasure
from credits.queries.credited import OF_CUSTOMERS, OF_DAYS, OF_DEALS, OF_TASKS, OF_VISITS
from credits.queries.credited_beside import OF_COMPLAINTS, OF_EXPENSES, OF_SURVEYS
from credits.queries.posted import closed_before, days_posted, worked_days
from credits.rules import Measure, work_day_id
from credits.rules.own import Customers
from credits.services.recounting import lock_held_back, release
from credits.signals import credits_posted
from customers.models import Complaint, Customer, Survey
from deals.models import Deal, DealLine, DealReturn, Payment
from teams.models import Assignment, Task
from visits.models import Expense, Visit

#: Written on every credit but those of own measures, which bear the number of their metric's version; raised when the rules in
#: `credits.queries.credited` change what a fact credits.
RULE_VERSION = 1
#: As `recorded_at`, for a history that is being made: each credit was known by six in the evening of the day it counts on.
ON_ITS_DAY = "on its day"
#: Facts worked out at once: enough for the database to work in sets, little enough for its memory.
BATCH = 20_000

#: How far behind the day that was reached customers are looked at again.
_LOOKED_AT_AGAIN = timedelta(days=7)

_POST = """,
books AS MATERIALIZED (
    SELECT COALESCE(MAX(ends_before), '-infinity'::date) AS boundary FROM credits_closing WHERE company_id = %(company)s
),
-- The unit that a fact of a closed period was posted with, for each of its people: a transfer entered late does not move it.
earlier AS (
    SELECT DISTINCT ON (source, source_id, person_id) source, source_id, person_id, unit_id
    FROM (
        SELECT posted.source, posted.source_id, posted.person_id, posted.unit_id, SUM(posted.amount) <> 0 AS stands,
            MAX(posted.id) AS last_id
        FROM books
        CROSS JOIN LATERAL (SELECT DISTINCT origin, origin_id FROM credited WHERE unit_day < boundary) asked
        JOIN credits_credit posted ON posted.company_id = %(company)s AND posted.source = asked.origin
            AND posted.source_id = asked.origin_id AND posted.day < books.boundary
        GROUP BY posted.source, posted.source_id, posted.person_id, posted.unit_id, posted.day, posted.measure,
            posted.product_line_id, posted.channel_id, posted.territory_id, posted.is_overlay
    ) by_key
    ORDER BY source, source_id, person_id, stands DESC, last_id DESC
),
difference AS (
    SELECT source, source_id, person_id, unit_id, day, measure, product_line_id, channel_id, territory_id, is_overlay,
        SUM(amount)::bigint AS amount, COALESCE(MAX(version), MAX(version_before)) AS version
    FROM (
        SELECT credited.source, credited.source_id, credited.person_id,
            CASE WHEN earlier.source IS NULL THEN credited.unit_id ELSE earlier.unit_id END AS unit_id,
            credited.day, credited.measure, credited.product_line_id, credited.channel_id, credited.territory_id,
            credited.is_overlay, credited.amount, credited.version, NULL::int AS version_before
        FROM credited
        CROSS JOIN books
        LEFT JOIN earlier ON credited.unit_day < books.boundary AND earlier.source = credited.origin
            AND earlier.source_id = credited.origin_id AND COALESCE(earlier.person_id, 0) = COALESCE(credited.person_id, 0)
        UNION ALL
        SELECT posted.source, posted.source_id, posted.person_id, posted.unit_id, posted.day, posted.measure,
            posted.product_line_id, posted.channel_id, posted.territory_id, posted.is_overlay, -posted.amount, NULL,
            CASE WHEN posted.measure LIKE 'OWN:%%' THEN posted.rule_version END
        FROM scope
        JOIN credits_credit posted ON posted.company_id = %(company)s AND posted.source = scope.source AND posted.source_id = scope.id
    ) both_sides
    GROUP BY source, source_id, person_id, unit_id, day, measure, product_line_id, channel_id, territory_id, is_overlay
    HAVING SUM(amount) <> 0
),
posted_now AS (
    INSERT INTO credits_credit (company_id, source, source_id, person_id, unit_id, day, counts_on, measure, product_line_id,
        channel_id, territory_id, is_overlay, amount, rule_version, recorded_at)
    SELECT %(company)s, source, source_id, person_id, unit_id, day, GREATEST(day, books.boundary), measure, product_line_id,
        channel_id, territory_id, is_overlay, amount, COALESCE(version, %(rule_version)s), COALESCE(%(recorded_at)s::timestamptz,
            LEAST(now(), (GREATEST(day, books.boundary) + 1)::timestamp AT TIME ZONE %(zone)s::text - interval '6 hours'))
    FROM difference CROSS JOIN books
    ORDER BY day, source, source_id
    RETURNING counts_on
),
marked AS (
    INSERT INTO credits_dirtyday (company_id, day) SELECT DISTINCT %(company)s::bigint, counts_on FROM posted_now
)
SELECT COUNT(*) FROM posted_now
"""
_POST_DEALS = "WITH " + OF_DEALS + _POST
_POST_CUSTOMERS = "WITH " + OF_CUSTOMERS + _POST
_POST_VISITS = "WITH " + OF_VISITS + _POST
_POST_TASKS = "WITH " + OF_TASKS + _POST
_POST_DAYS = "WITH " + OF_DAYS + _POST
_POST_COMPLAINTS = "WITH " + OF_COMPLAINTS + _POST
_POST_SURVEYS = "WITH " + OF_SURVEYS + _POST
_POST_EXPENSES = "WITH " + OF_EXPENSES + _POST


@transaction.atomic
def post_deals(deal_ids, *, recorded_at=None):
    """
    Post what deals, their returns, their payments and their customers should have credited by now.

    :param recorded_at: since when it is known; now, unless history is being made (a moment, or `ON_ITS_DAY`).
    :returns: how many credits were added.
    """
    deal_ids = sorted(_with_neighbours(set(deal_ids)))
    posted = 0
    for batch in _batches(deal_ids):
        # Locked in key order: two postings of one deal would each post the same difference.
        _lock(Deal, batch)
        posted += _post(_POST_DEALS, recorded_at, deals=batch)
    customer_ids = set()
    for batch in _batches(deal_ids):
        customer_ids |= set(Deal.objects.filter(pk__in=batch, customer__isnull=False).values_list("customer_id", flat=True))
    return posted + _post_customers(customer_ids, recorded_at)


def post_returns(return_ids, *, recorded_at=None):
    """Post the deals that these returns belong to."""
    return post_deals(_deals_of(DealReturn, return_ids), recorded_at=recorded_at)


def post_payments(payment_ids, *, recorded_at=None):
    """Post the deals that these payments belong to."""
    return post_deals(_deals_of(Payment, payment_ids), recorded_at=recorded_at)


@transaction.atomic
def post_visits(visit_ids, *, recorded_at=None):
    """Post visits: a valid one counts for its person; one that no longer is, is taken back."""
    return _post_facts(Visit, _POST_VISITS, "visits", visit_ids, recorded_at)


@transaction.atomic
def post_tasks(task_ids, *, recorded_at=None):
    """Post tasks on the day they are due: each once, and once more if it was done in time."""
    return _post_facts(Task, _POST_TASKS, "tasks", task_ids, recorded_at)


@transaction.atomic
def post_complaints(complaint_ids, *, recorded_at=None):
    """Post complaints on the day they were raised, with their weight; those entered by mistake are taken back."""
    return _post_facts(Complaint, _POST_COMPLAINTS, "complaints", complaint_ids, recorded_at)


@transaction.atomic
def post_surveys(survey_ids, *, recorded_at=None):
    """Post surveys on the day they were answered: the points given, and those that could have been."""
    return _post_facts(Survey, _POST_SURVEYS, "surveys", survey_ids, recorded_at)


@transaction.atomic
def post_expenses(expense_ids, *, recorded_at=None):
    """Post expenses on the day they were spent while they are approved."""
    return _post_facts(Expense, _POST_EXPENSES, "expenses", expense_ids, recorded_at)


@transaction.atomic
def post_days_worked(*, through, recorded_at=None):
    """
    Post the days that reps have worked since the last time, up to and including a day.

    They begin with the month of the company's first visit: before it there is nothing to divide by them.
    """
    began, first, last = days_posted()
    if began is None:
        return 0
    # Visits of an earlier month came in since: its days are missing too.
    since = last + timedelta(days=1) if last and first <= began else began
    return _post_days(since, through, recorded_at=recorded_at)


@transaction.atomic
def repost_days_worked(*, since, through=None, person_ids=None, recorded_at=None):
    """
    Post anew the days that were posted already, after it became known who was where or which days are worked.

    Of closed days it stays which were worked; who was there after all, or was not, counts in the open period.
    """
    _began, first, last = days_posted()
    if last is None:
        return 0
    since, through = max(since, first), min(last, through or last)
    return _post_days(since, through, person_ids=person_ids, recorded_at=recorded_at)


@transaction.atomic
def post_lapsed(*, through, recorded_at=None):
    """
    Take customers off the active ones who by the end of a day have not bought for a year; the ledger has then reached that day.

    Looks again at the days just before, at which somebody may have posted while the last run was not over.
    """
    reached = DayReached.objects.select_for_update(of=("self",)).first()
    if reached is None:
        since = date.min
        DayReached.objects.create(day=through)
    else:
        since = reached.day - _LOOKED_AT_AGAIN
        reached.day = max(reached.day, through)
        reached.save(update_fields=["day"])
    # A year is at most so long and at least so short.
    bought = Deal.objects.won().filter(customer__isnull=False, closed_on__lte=through - timedelta(days=365))
    if since != date.min:
        bought = bought.filter(closed_on__gte=since - timedelta(days=366))
    return _post_customers(set(bought.order_by().values_list("customer_id", flat=True)), recorded_at)


@transaction.atomic
def post_customers(customer_ids, *, recorded_at=None):
    """Post everything of these customers: their deals, visits, complaints, surveys and expenses, and whose new customers they are."""
    customer_ids = sorted(set(customer_ids))
    posted = 0
    for batch in _batches(customer_ids):
        posted += post_deals(Deal.objects.filter(customer_id__in=batch).values_list("pk", flat=True), recorded_at=recorded_at)
        for model, post in (
            (Visit, post_visits),
            (Complaint, post_complaints),
            (Survey, post_surveys),
            (Expense, post_expenses),
        ):
            posted += post(model.objects.filter(customer_id__in=batch).values_list("pk", flat=True), recorded_at=recorded_at)
    return posted + _post_customers(customer_ids, recorded_at)


@transaction.atomic
def post_products(product_ids, *, recorded_at=None):
    """Post the deals that hold these products, whose line may be another one now."""
    lines = DealLine.objects.filter(product_id__in=list(product_ids))
    return post_deals(lines.values_list("deal_id", flat=True).distinct(), recorded_at=recorded_at)


@transaction.atomic
def post_people(person_ids, *, since, recorded_at=None):
    """
    Post what these people did from a day on, after it became known that they were in another unit then.

    What lies in closed periods stays with the unit it was posted with. Days worked follow who was there, also in these: what
    differs counts in the open one.
    """
    person_ids = list(person_ids)
    held = Credit.objects.filter(person_id__in=person_ids, day__gte=max(since, closed_before() or since))
    held = held.values_list("source", "source_id").distinct()
    by_source = {}
    for source, source_id in held:
        by_source.setdefault(source, set()).add(source_id)
    deal_ids = by_source.get(Credit.Source.DEAL, set())
    deal_ids |= set(_deals_of(DealReturn, by_source.get(Credit.Source.RETURN, ())))
    deal_ids |= set(_deals_of(Payment, by_source.get(Credit.Source.PAYMENT, ())))
    posted = post_deals(deal_ids, recorded_at=recorded_at)
    posted += post_visits(by_source.get(Credit.Source.VISIT, ()), recorded_at=recorded_at)
    posted += post_tasks(by_source.get(Credit.Source.TASK, ()), recorded_at=recorded_at)
    posted += post_complaints(by_source.get(Credit.Source.COMPLAINT, ()), recorded_at=recorded_at)
    posted += post_expenses(by_source.get(Credit.Source.EXPENSE, ()), recorded_at=recorded_at)
    posted += post_surveys(by_source.get(Credit.Source.SURVEY, ()), recorded_at=recorded_at)
    posted += repost_days_worked(since=since, person_ids=person_ids, recorded_at=recorded_at)
    return posted + _post_customers(by_source.get(Credit.Source.CUSTOMER, set()), recorded_at)


@transaction.atomic
def post_all(*, recorded_at=None, progress=None):
    """
    Bring the whole ledger of the active company in line with its facts; adds nothing where it already is.

    :param progress: called as `progress(done, total)` after each part.
    """
    # A rule changed meanwhile would count only what is posted after it.
    lock_held_back()
    parts, posted = parts_of_ledger(recorded_at=recorded_at), 0
    for done, part in enumerate(parts, 1):
        posted += part()
        if progress:
            progress(done, len(parts))
    release()
    return posted


def parts_of_ledger(*, recorded_at=None):
    """
    Return what `post_all` does as callables, in order, each of which posts a part and returns how many credits it added.

    For whoever does each in a transaction of its own: a part holds the facts that it posts, and the books, until its end.
    """
    facts = (
        (Deal, _POST_DEALS, "deals"),
        (Visit, _POST_VISITS, "visits"),
        (Task, _POST_TASKS, "tasks"),
        (Complaint, _POST_COMPLAINTS, "complaints"),
        (Survey, _POST_SURVEYS, "surveys"),
        (Expense, _POST_EXPENSES, "expenses"),
        # Also customers whose deals have all gone to somebody else.
        (Customer, _POST_CUSTOMERS, "customers"),
    )
    return [
        partial(_post_stretch, model, statement, name, stretch, recorded_at)
        for model, statement, name in facts
        for stretch in _stretches(model)
    ] + [partial(_repost_all_days, recorded_at)]


def _stretches(model):
    """Return the ranges of ids that hold a batch of facts each, the last one without an end; not the ids, which may be millions."""
    numbered = model.objects.annotate(row_number=Window(RowNumber(), order_by="pk"))
    firsts = list(
        numbered.annotate(rest=Mod(F("row_number") - 1, BATCH)).filter(rest=0).order_by("pk").values_list("pk", flat=True)
    )
    return [{"pk__gte": first} | ({"pk__lt": after} if after else {}) for first, after in zip_longest(firsts, firsts[1:])]


def _post_stretch(model, statement, name, stretch, recorded_at):
    return _post(statement, recorded_at, **{name: _locked(model.objects.filter(**stretch))})


def _repost_all_days(recorded_at):
    first = days_posted()[1]
    return repost_days_worked(since=first, recorded_at=recorded_at) if first else 0


def _post_days(since, through, *, person_ids=None, recorded_at):
    if through < since:
        return 0
    # A day has no row to lock: two postings of one day would each post the same difference.
    hold(LockSpace.WORK_DAYS, require_company_id())
    period = Period(since, through + timedelta(days=1))
    worked = worked_days(period)
    if person_ids is None:
        there = Assignment.objects.filter(Q(ends_before=None) | Q(ends_before__gt=since), starts_on__lte=through)
        posted = Credit.objects.filter(measure=Measure.DAYS_WORKED, day__gte=since, day__lte=through)
        person_ids = {pk for rows in (there, posted) for pk in rows.order_by().values_list("person_id", flat=True).distinct()}
    ids = sorted(work_day_id(pk, day) for pk in person_ids for day in period.each_day())
    return sum(_post(_POST_DAYS, recorded_at, work_days=batch, worked=worked) for batch in _batches(ids))


def _with_neighbours(deal_ids):
    """Add the other deals of the same customers where a rule tells new customers from returning ones: one deal decides for all."""
    if not deal_ids or not OwnMeasure.objects.exclude(customers=Customers.ALL).exists():
        return deal_ids
    customers = Deal.objects.filter(pk__in=deal_ids, customer__isnull=False).values("customer_id")
    return deal_ids | set(Deal.objects.won().filter(customer_id__in=customers).values_list("pk", flat=True))


def _post_customers(customer_ids, recorded_at):
    return _post_facts(Customer, _POST_CUSTOMERS, "customers", customer_ids, recorded_at)


def _post_facts(model, statement, name, ids, recorded_at):
    posted = 0
    for batch in _batches(sorted(set(ids))):
        # Locked in key order: two postings of one fact would each post the same difference.
        _lock(model, batch)
        posted += _post(statement, recorded_at, **{name: batch})
    return posted


def _post(statement, recorded_at, **ids):
    # In a statement before: whoever waited for a closing must see it.
    share(LockSpace.LEDGER, require_company_id())
    known = {"recorded_at": recorded_at, "zone": None}
    if recorded_at == ON_ITS_DAY:
        known = {"recorded_at": None, "zone": Company.objects.values_list("time_zone", flat=True).get(pk=require_company_id())}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": require_company_id(), "rule_version": RULE_VERSION, **known, **ids})
        (posted,) = cursor.fetchone()
    if posted:
        credits_posted.send(sender=Credit)
    return posted


def _lock(model, ids):
    _locked(model.objects.filter(pk__in=ids))


def _locked(facts):
    """Lock facts in the order of their ids, and return these."""
    # FOR NO KEY UPDATE: others may still refer to the fact while it is being posted.
    return list(facts.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def _deals_of(model, ids):
    return model.objects.filter(pk__in=list(ids)).values_list("deal_id", flat=True).distinct()


def _batches(ids):
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
