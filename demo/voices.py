"""What the demo's customers say afterwards: complaints, and how content they are."""

import hashlib
import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from customers.models import Complaint, Survey
from demo import names
from teams.queries import calendar_of

#: Of the deals that were won, one in so many leads to a complaint.
COMPLAINTS_ONE_IN = 22
WEIGHTS = {Complaint.Severity.MINOR: 1, Complaint.Severity.SERIOUS: 2, Complaint.Severity.SEVERE: 3}
#: Of the deals that were won, one in so many leads to a question; every third is not answered.
ASKED_ONE_IN = 5
BATCH = 2000


def complain(*, company, deals, until):
    """Let some customers complain a while after they bought: most of it answered and closed, the latest still open."""
    chance = random.Random(f"{company.slug}-complaints")
    is_working = calendar_of(company).is_working
    complaints = []
    for deal in sorted((deal for deal in deals if deal.status == "WON"), key=lambda deal: deal.pk):
        if chance.random() > 1 / COMPLAINTS_ONE_IN:
            continue
        raised_on = deal.closed_on + timedelta(days=chance.randrange(2, 30))
        if raised_on > until:
            continue
        what, answer = chance.choice(names.COMPLAINTS)
        severity = chance.choices(list(WEIGHTS), (6, 3, 1))[0]
        answered_on = raised_on + timedelta(days=chance.choice((0, 1, 1, 2, 3, 5)))
        while not is_working(answered_on):
            answered_on += timedelta(days=1)
        closed_on = answered_on + timedelta(days=chance.randrange(0, 6))
        is_answered, is_closed = answered_on <= until, closed_on <= until
        complaints.append(
            Complaint(
                customer_id=deal.customer_id,
                person_id=deal.owner_id,
                handler_id=deal.owner_id,
                raised_on=raised_on,
                severity=severity,
                weight=WEIGHTS[severity],
                what=what,
                status="CLOSED" if is_closed else "ANSWERED" if is_answered else "OPEN",
                answer=answer if is_answered else "",
                answered_on=answered_on if is_answered else None,
                closed_on=closed_on if is_closed else None,
            )
        )
    Complaint.objects.bulk_create(complaints, batch_size=BATCH)


def answer(*, company, deals, until):
    """Let customers be asked some days after they bought, and most of them answer within the week."""
    chance, zone = random.Random(f"{company.slug}-surveys"), ZoneInfo(company.time_zone)
    surveys = []
    for deal in sorted((deal for deal in deals if deal.status == "WON"), key=lambda deal: deal.pk):
        if chance.random() > 1 / ASKED_ONE_IN:
            continue
        asked_on = deal.closed_on + timedelta(days=chance.randrange(3, 20))
        answered_on = asked_on + timedelta(days=chance.choice((0, 0, 1, 2, 6)))
        if asked_on > until:
            continue
        score = chance.choices((5, 4, 3, 2, 1), (10, 8, 3, 1, 1))[0]
        is_answered = answered_on <= until and chance.random() < 2 / 3
        surveys.append(
            Survey(
                customer_id=deal.customer_id,
                person_id=deal.owner_id,
                about=deal.number,
                # Of a link that nobody ever held.
                token_hash=hashlib.sha256(f"{company.slug}-{deal.number}".encode()).hexdigest(),
                asked_on=asked_on,
                expires_at=datetime.combine(asked_on + timedelta(days=30), time(9), tzinfo=zone),
                score=score if is_answered else None,
                comment=chance.choice(names.COMMENTS[score]) if is_answered else "",
                answered_on=answered_on if is_answered else None,
                answered_at=datetime.combine(answered_on, time(20), tzinfo=zone) if is_answered else None,
            )
        )
    Survey.objects.bulk_create(surveys, batch_size=BATCH)
