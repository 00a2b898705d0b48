"""What the demo's people did: customers won over, visits made, deals opened, won, lost, returned and paid for."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from common.periods import month_of
from customers.models import Channel, Customer, name_key_of
from deals.models import Deal, DealLine, DealReturn, Instalment, Payment, Product, ProductLine
from deals.services.territory import stamp_territories
from demo import names
from demo.books import share_some
from visits.models import Visit, VisitPlan

#: How a month sells, apart from its working days: weak before and in Spring Festival, strong in the renovation months.
SEASON = {1: 0.80, 2: 0.62, 3: 1.18, 4: 1.12, 5: 1.16, 6: 0.95, 7: 0.86, 8: 0.90, 9: 1.12, 10: 1.18, 11: 1.10, 12: 1.01}
BATCH = 2000
CENT = Decimal("0.01")


@dataclass
class Catalogue:
    """What is sold, and through which channels."""

    products: list
    accessories: list
    channels: list


def plant_catalogue():
    """Create channels, product lines and products."""
    channels = [
        Channel.objects.create(code=code, name=name, position=position)
        for position, (code, name) in enumerate(names.CHANNELS, 1)
    ]
    products, accessories = [], []
    for line_name, rows in names.PRODUCTS.items():
        line = ProductLine.objects.create(name=line_name)
        for code, name, unit, price, cost in rows:
            product = Product.objects.create(
                code=code, name=name, line=line, list_price=Decimal(price), cost=Decimal(cost), measured_in=unit
            )
            (accessories if code.startswith("FL") else products).append(product)
    return Catalogue(products, accessories, channels)


class Story:
    """
    Tells one company's days in order, person by person, from seeds that depend on nothing else; then stores all of it.

    :param days: the working days, in order.
    :param until: the company's today; nothing is dated later but plans.
    """

    def __init__(self, *, company, catalogue, days, until, prefix="D"):
        self.company, self.catalogue, self.days, self.until, self.prefix = company, catalogue, days, until, prefix
        self.reps, self.customers, self.visits, self.plans = [], [], [], []
        self.deals, self.lines, self.returns, self.payments, self.instalments = [], [], [], [], []

    def tell(self, rep):
        """Tell everything one rep did."""
        self.reps.append(rep)
        chance = random.Random(f"{self.company.slug}-{rep.person.employee_number}")
        own = [self._customer(chance, rep) for _n in range(14 if (self.until - rep.hired_on).days < 180 else 26)]
        last_seen, pending = {}, []
        for day in self.days:
            if not rep.works_on(day):
                continue
            if chance.random() < 0.18 / 5:
                own.append(self._customer(chance, rep))
            today = self._visits_of_day(chance, rep, day, own, last_seen)
            wish = 0.17 * rep.temper.drive * SEASON[day.month] * (1 + 0.12 * math.sin(day.toordinal() / 9))
            if today and chance.random() < wish * 4.2:
                pending.append((day, day + timedelta(days=max(1, int(chance.gammavariate(2.2, 9)))), chance.choice(today)))
            for opened_on, closes_on, customer in [p for p in pending if p[1] <= day]:
                self._closed(chance, rep, customer, opened_on, day)
                pending.remove((opened_on, closes_on, customer))
        if rep.left_on is None:
            for opened_on, closes_on, customer in pending:
                self._open(chance, rep, customer, opened_on, closes_on)
            self._plan_ahead(chance, rep, own)

    def _mates(self, person_id, day):
        """Return who else works in somebody's team on a day."""
        team = next(rep.team for rep in self.reps if rep.person.pk == person_id)
        return [rep.person for rep in self.reps if rep.team == team and rep.works_on(day) and rep.person.pk != person_id]

    def _customer(self, chance, rep):
        city = names.CITY_OF_TEAM.get(rep.team.name, "")
        if chance.random() < 0.22:
            name = f"{city}{chance.choice(names.DECORATORS)}{chance.choice(names.DECORATOR_KINDS)}"
            name, industry, channel = f"{name}（{chance.choice(names.STREETS)[:2]}店）", "家装", self.catalogue.channels[1]
        else:
            room = f"{chance.randrange(1, 30)}-{chance.randrange(1, 32)}0{chance.randrange(1, 5)}"
            name = f"{city}{chance.choice(names.ESTATES)} {room} {chance.choice(names.SURNAMES)}{chance.choice(names.TITLES)}"
            industry, channel = "业主", chance.choice([self.catalogue.channels[i] for i in (0, 0, 2, 3)])
        customer = Customer(
            company=self.company,
            name=name,
            name_key=name_key_of(name),
            owner=rep.person,
            channel=channel,
            grade=chance.choices("ABC", (2, 4, 6))[0],
            industry=industry,
            contact_name=chance.choice(names.SURNAMES) + chance.choice(names.TITLES),
            phone=f"+86137{chance.randrange(10**7, 10**8)}",
            address=f"{city}市{chance.choice(names.STREETS)}{chance.randrange(1, 900)}号",
        )
        self.customers.append(customer)
        return customer

    def _visits_of_day(self, chance, rep, day, own, last_seen):
        wanted = 2.6 * rep.temper.drive * (0.5 if SEASON[day.month] < 0.7 else 1)
        count = min(len(own), max(0, int(wanted) + (chance.random() < wanted % 1) + chance.choice((-1, 0, 0, 0, 1))))
        # Whoever was not seen for longest comes first, better grades sooner.
        rhythm = {"A": 7, "B": 14, "C": 30}
        due = sorted(
            own, key=lambda c: (day - last_seen[id(c)]).days / rhythm[c.grade] if id(c) in last_seen else 9, reverse=True
        )
        chosen = chance.sample(due[: count * 3], count) if count else []
        minute = 9 * 60 + chance.randrange(0, 50)
        for customer in chosen:
            last_seen[id(customer)] = day
            invalid = chance.random() < rep.temper.invalid_share
            stay = chance.randrange(1, 4) if invalid else chance.randrange(12, 75)
            arrived = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=UTC) - timedelta(hours=8)
            follow = chance.random() < 0.3
            self.visits.append(
                Visit(
                    company=self.company,
                    person=rep.person,
                    customer=customer,
                    kind=chance.choices(list(Visit.Kind.values), (3, 8, 2, 1, 1, 2))[0],
                    visited_on=day,
                    checked_in_at=arrived,
                    checked_out_at=arrived + timedelta(minutes=stay),
                    outcome=chance.choice(names.OUTCOMES),
                    next_step=chance.choice(names.NEXT_STEPS) if follow else "",
                    next_on=day + timedelta(days=chance.randrange(2, 12)) if follow else None,
                    is_valid=not invalid,
                    invalid_reason=Visit.InvalidReason.TOO_SHORT if invalid else "",
                )
            )
            if (self.until - day).days < 30 and chance.random() < 0.5:
                kept = chance.random() < rep.temper.keeps_plans
                self.plans.append(
                    (rep.person, customer if kept else chance.choice(own), day, self.visits[-1] if kept else None)
                )
            minute = min(minute + stay + chance.randrange(15, 70), 18 * 60)
        return chosen

    def _plan_ahead(self, chance, rep, own):
        for ahead in range(4):
            for customer in chance.sample(own, min(3, len(own))):
                self.plans.append((rep.person, customer, self.until + timedelta(days=ahead), None))

    def _deal(self, chance, rep, customer, **fields):
        deal = Deal(company=self.company, customer=customer, owner=rep.person, channel=customer.channel, **fields)
        picks = chance.sample(self.catalogue.products, chance.choices((1, 2, 3), (5, 4, 2))[0])
        if chance.random() < 0.45:
            picks.append(chance.choice(self.catalogue.accessories))
        size = 3 if customer.industry == "家装" else 1
        amount = cost = Decimal(0)
        for product in picks:
            many = {"台": 1, "套": 1, "片": 5, "米": 3}.get(product.measured_in, 18)
            quantity = max(1, int(many * size * chance.uniform(0.4, 1.5)))
            discount = min(0.45, max(0.0, chance.gauss(rep.temper.discount, 0.03)))
            price = (product.list_price * Decimal(str(round(1 - discount, 3)))).quantize(CENT)
            line = DealLine(
                company=self.company,
                deal=deal,
                product=product,
                quantity=quantity,
                list_price=product.list_price,
                price=price,
                cost=product.cost,
                amount=price * quantity,
                cost_amount=product.cost * quantity,
            )
            self.lines.append(line)
            amount, cost = amount + line.amount, cost + line.cost_amount
        deal.amount, deal.cost = amount, cost
        self.deals.append(deal)
        return deal

    def _closed(self, chance, rep, customer, opened_on, day):
        if chance.random() > min(0.85, 0.42 * rep.temper.ability):
            self._deal(
                chance,
                rep,
                customer,
                status=Deal.Status.LOST,
                stage=chance.choice(list(Deal.Stage.values)),
                opened_on=opened_on,
                expected_on=_expected(opened_on, day),
                closed_on=day,
                lost_reason=chance.choice(names.LOST_REASONS),
            )
            return
        deal = self._deal(
            chance,
            rep,
            customer,
            status=Deal.Status.WON,
            stage=Deal.Stage.CONTRACT,
            opened_on=opened_on,
            expected_on=_expected(opened_on, day),
            closed_on=day,
        )
        self._pay(chance, deal, day)
        if chance.random() < 0.035:
            self._return(chance, deal, day)

    def _pay(self, chance, deal, day):
        deposit = (deal.amount * Decimal(chance.choice(("0.3", "0.5", "1")))).quantize(CENT)
        rest = deal.amount - deposit
        self._paid(deal, day, deposit)
        self.instalments.append(Instalment(company=self.company, deal=deal, due_on=day, amount=deposit))
        if rest:
            self.instalments.append(Instalment(company=self.company, deal=deal, due_on=day + timedelta(days=30), amount=rest))
            late = chance.random() < 0.12
            self._paid(deal, day + timedelta(days=chance.randrange(45, 130) if late else chance.randrange(5, 32)), rest)

    def _paid(self, deal, day, amount):
        if day <= self.until and amount:
            self.payments.append(Payment(company=self.company, deal=deal, received_on=day, amount=amount))

    def _return(self, chance, deal, day):
        returned_on = day + timedelta(days=chance.randrange(3, 40))
        if returned_on > self.until:
            return
        whole = chance.random() < 0.3
        lines = [line for line in self.lines[-4:] if line.deal is deal]
        for line in lines if whole else lines[:1]:
            quantity = line.quantity if whole else max(1, line.quantity // 3)
            self.returns.append(
                DealReturn(
                    company=self.company,
                    deal=deal,
                    line=line,
                    returned_on=returned_on,
                    quantity=quantity,
                    amount=line.price * quantity,
                    cost_amount=line.cost * quantity,
                    reason=chance.choice(names.RETURN_REASONS),
                )
            )

    def _open(self, chance, rep, customer, opened_on, closes_on):
        progress = (self.until - opened_on).days / max(1, (closes_on - opened_on).days)
        stages = list(Deal.Stage.values)
        self._deal(
            chance,
            rep,
            customer,
            status=Deal.Status.OPEN,
            stage=stages[min(len(stages) - 1, int(progress * len(stages)))],
            opened_on=opened_on,
            expected_on=closes_on,
        )

    def store(self):
        """Write everything down, in the order in which rows point at each other."""
        Customer.objects.bulk_create(self.customers, batch_size=BATCH)
        self.deals.sort(key=lambda d: (d.opened_on, d.owner.employee_number))
        numbers = defaultdict(int)
        for deal in self.deals:
            numbers[deal.opened_on.year] += 1
            deal.number = f"{self.prefix}-{deal.opened_on.year}-{numbers[deal.opened_on.year]:06d}"
        stamp_territories(self.deals)
        Deal.objects.bulk_create(self.deals, batch_size=BATCH)
        for rows in (self.lines, self.returns, self.payments, self.instalments, share_some(self.deals, mates=self._mates)):
            type(rows[0]).objects.bulk_create(_settled(rows), batch_size=BATCH) if rows else None
        Visit.objects.bulk_create(_settled(self.visits), batch_size=BATCH)
        unique = {
            (p.pk, c.pk, day): VisitPlan(company=self.company, person=p, customer=c, planned_on=day, visit=v)
            for p, c, day, v in self.plans
        }
        VisitPlan.objects.bulk_create(unique.values(), batch_size=BATCH)


def _expected(opened_on, closed_on):
    """Return the day on which a deal was expected to close: up to a week beside the day it did, never before it was opened."""
    return max(opened_on, closed_on + timedelta(days=(opened_on.toordinal() * 5 + closed_on.toordinal()) % 13 - 5))


def _settled(rows):
    """Let rows take up the keys that their parents got when they were stored."""
    for row in rows:
        for name in ("deal", "line", "customer"):
            if hasattr(row, f"{name}_id"):
                setattr(row, name, getattr(row, name))
    return rows


def months_of(days):
    """Return the first days of the months in which the days fall, in order."""
    return sorted({month_of(day).starts_on for day in days})
