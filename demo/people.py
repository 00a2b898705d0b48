"""The demo companies' organisation: regions, teams, people with a temper each, transfers, leavers, newcomers."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, User
from accounts.rules import DEMO_PASSWORD, Role
from demo import names
from teams.models import Assignment, Person, Unit

#: Everybody's password in the demo; shown on its sign-in page.
PASSWORD = DEMO_PASSWORD


@dataclass
class Temper:
    """What makes a rep's figures: how much they do, how well they sell, at what price, how honest their visits are."""

    drive: float
    ability: float
    discount: float = 0.04
    invalid_share: float = 0.02
    keeps_plans: float = 0.85


#: People who plainly show each of the four symptoms, by their place in the list of reps that stay throughout.
SYMPTOMS = {
    "present but idle": Temper(0.8, 0.7, invalid_share=0.75, keeps_plans=0.5),
    "little effort": Temper(0.28, 1.0, keeps_plans=0.2),
    "effort without result": Temper(1.35, 0.3),
    "result without profit": Temper(1.15, 1.15, discount=0.24),
}


@dataclass
class Rep:
    """One seller while the story is told: the person, their temper, and the span of days in which they sell."""

    person: Person
    temper: Temper
    team: Unit
    hired_on: date
    left_on: date | None
    moves: list = field(default_factory=list)  # (day, unit)

    def works_on(self, day):
        return self.hired_on <= day and (self.left_on is None or day < self.left_on)


class Namer:
    """Gives everybody a name of their own, a number and a telephone."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.taken = set()
        self.count = 0

    def next(self):
        self.count += 1
        while True:
            name = self.random.choice(names.SURNAMES) + self.random.choice(names.GIVEN)
            if name not in self.taken:
                self.taken.add(name)
                return name


class Staff:
    """Hires people in bulk: one password hash for all, users, memberships, people, assignments."""

    def __init__(self, *, domain, prefix, seed):
        self.namer = Namer(seed)
        self.random = random.Random(f"{seed}-staff")
        self.domain, self.prefix = domain, prefix
        self.password = make_password(PASSWORD)

    @staticmethod
    def admin_name(seed):
        """Return the name of a company's first admin."""
        return Namer(f"{seed}-admin").next()

    def hire(self, role, unit, hired_on, *, login=None, left_on=None):
        """Create one person with a sign-in; `unit` is None for somebody outside the organisation."""
        name = self.namer.next()
        number = f"{self.prefix}{self.namer.count:04d}"
        login = login or number.lower()
        user = User.objects.create(
            email=f"{login}@{self.domain}",
            phone=f"+86139{self.random.randrange(10**7, 10**8)}",
            name=name,
            password=self.password,
            is_active=left_on is None,
        )
        membership = Membership.objects.create(user=user, role=role, is_active=left_on is None)
        if unit is None:
            return membership
        person = Person.objects.create(
            name=name,
            employee_number=number,
            membership=membership,
            phone=user.phone,
            email=user.email,
            hired_on=hired_on,
            left_on=left_on,
            leaving_reason=self.random.choice(names.LEAVING_REASONS) if left_on else "",
            birthday=date(self.random.randrange(1978, 2003), self.random.randrange(1, 13), self.random.randrange(1, 29)),
            hobbies=self.random.choice(names.HOBBIES),
            strengths=self.random.choice(names.STRENGTHS),
        )
        Assignment.objects.create(person=person, unit=unit, role=role, starts_on=hired_on, ends_before=left_on)
        return person


def plant_units(root, *, teams):
    """Grow the tree below the root, with at most so many teams; return (root, {region name: unit}, {team name: unit})."""
    regions, found = {}, {}
    for position, (region, team_names) in enumerate(names.REGIONS.items(), 1):
        regions[region] = Unit.objects.create(name=region, kind=Unit.Kind.REGION, parent=root, position=position)
        for place, team in enumerate(team_names[: max(1, teams // len(names.REGIONS))], 1):
            found[team] = Unit.objects.create(name=team, kind=Unit.Kind.TEAM, parent=regions[region], position=place)
    return root, regions, found


def staff_company(*, regions, teams, root, first_day, until, domain):
    """
    Fill the demo company: directors, managers, HR, admin and about a hundred reps in every stage.

    Returns the reps of the story, in a stable order.
    """
    staff = Staff(domain=domain, prefix="JC", seed="jincheng")
    chance = random.Random("jincheng-people")
    long_ago = first_day - timedelta(days=600)
    staff.hire(Role.HR, root, long_ago, login="hr")
    for region in regions.values():
        staff.hire(Role.DIRECTOR, region, long_ago)
    for number, team in enumerate(teams.values()):
        staff.hire(Role.MANAGER, team, long_ago + timedelta(days=30 * number), login="manager" if number == 0 else None)
    reps = []
    kinds = list(SYMPTOMS)
    for number, team in enumerate(teams.values()):
        for place in range(9 if number % 3 else 8):
            hired_on = first_day - timedelta(days=chance.randrange(40, 1500))
            left_on, temper = None, _ordinary(chance)
            if place == 6:  # one newcomer a team in the survival stage, some just arrived
                hired_on = until - timedelta(days=chance.randrange(12, 170))
                temper.ability *= 0.75
            elif place == 7:  # one in the growth stage
                hired_on = until - timedelta(days=chance.randrange(190, 520))
            elif place == 5 and number % 2 == 0:  # leavers
                left_on = until - timedelta(days=chance.randrange(25, max(30, min(420, (until - first_day).days))))
            elif place == 1 and number < 2 * len(kinds):
                kind = SYMPTOMS[kinds[number % len(kinds)]]
                temper = Temper(**vars(kind))
            login = "rep" if (number, place) == (0, 0) else None
            if login:
                temper = Temper(1.2, 1.3)
            person = staff.hire(Role.REP, team, hired_on, login=login, left_on=left_on)
            reps.append(Rep(person, temper, team, hired_on, left_on))
    # Over all regions, so that they can be seen side by side.
    staff.hire(Role.DIRECTOR, root, long_ago, login="director")
    _transfer_some(reps, list(teams.values()), until, chance)
    return reps


def _ordinary(chance):
    return Temper(
        drive=min(1.3, max(0.6, chance.gauss(1, 0.16))),
        ability=min(1.4, max(0.6, chance.gauss(1, 0.2))),
        discount=max(0.0, chance.gauss(0.05, 0.02)),
    )


def _transfer_some(reps, teams, until, chance):
    """Move six people to another team, on the first of a month and in the middle of one."""
    stayers = [r for r in reps if r.left_on is None and (until - r.hired_on).days > 500]
    for number, rep in enumerate(stayers[4::14][:6]):
        moved_on = (until - timedelta(days=chance.randrange(40, 300))).replace(day=1 if number % 2 else 16)
        target = teams[(teams.index(rep.team) + 1) % len(teams)]
        running = Assignment.objects.get(person=rep.person)
        running.ends_before = moved_on
        running.save(update_fields=["ends_before"])
        Assignment.objects.create(person=rep.person, unit=target, role=Role.REP, starts_on=moved_on)
        rep.moves.append((moved_on, target))
