"""
The people of the stories.

Acme-like names are avoided on purpose: every name of the rival company is a canary that must never appear on a page
of the other one.
"""

from dataclasses import dataclass
from datetime import date

from accounts.models import Company, Membership, User
from accounts.rules import Role
from common.tenancy import company_scope
from teams.models import Assignment, Person, Unit

PASSWORD = "correct-horse-battery"
HIRED = date(2024, 1, 1)


@dataclass
class Member:
    """One person of the cast: the user who signs in, the membership, and the person in the organisation."""

    user: User
    membership: Membership
    person: Person | None


@dataclass
class Cast:
    """
    Lantern Ltd.: East region with teams One (Bela leads Asha and Ada) and Two (Boris leads Ben); Dora directs East.

    Hana is HR, Amir the admin. Rival Ltd. has its own rep, Chandra, and admin, Rex.
    """

    lantern: Company
    rival: Company
    root: Unit
    east: Unit
    west: Unit
    one: Unit
    two: Unit
    asha: Member
    ada: Member
    bela: Member
    boris: Member
    ben: Member
    dora: Member
    hana: Member
    amir: Member
    chandra: Member
    rex: Member


def make_cast():
    """Create both companies with everybody in place since 2024-01-01."""
    lantern = Company.objects.create(name="Lantern Ltd.", slug="lantern")
    rival = Company.objects.create(name="Rivalcanary Ltd.", slug="rival")
    parts = {"lantern": lantern, "rival": rival}
    with company_scope(lantern):
        root = Unit.objects.create(name="Lantern", kind=Unit.Kind.COMPANY)
        east = Unit.objects.create(name="East", kind=Unit.Kind.REGION, parent=root, position=1)
        west = Unit.objects.create(name="West", kind=Unit.Kind.REGION, parent=root, position=2)
        one = Unit.objects.create(name="Team One", kind=Unit.Kind.TEAM, parent=east, position=1)
        two = Unit.objects.create(name="Team Two", kind=Unit.Kind.TEAM, parent=east, position=2)
        parts |= {"root": root, "east": east, "west": west, "one": one, "two": two}
        for key, role, unit in [
            ("asha", Role.REP, one),
            ("ada", Role.REP, one),
            ("bela", Role.MANAGER, one),
            ("boris", Role.MANAGER, two),
            ("ben", Role.REP, two),
            ("dora", Role.DIRECTOR, east),
            ("hana", Role.HR, root),
            ("amir", Role.ADMIN, None),
        ]:
            parts[key] = join(key, role, unit)
    with company_scope(rival):
        home = Unit.objects.create(name="Rivalcanary", kind=Unit.Kind.COMPANY)
        parts["chandra"] = join("chandra", Role.REP, home, name="Chandracanary")
        parts["rex"] = join("rex", Role.ADMIN, None, name="Rexcanary")
    return Cast(**parts)


def join(key, role, unit, *, name=None, domain="example.com"):
    name = name or key.capitalize()
    user = User.objects.create_user(email=f"{key}@{domain}", name=name, password=None, language="en")
    membership = Membership.objects.create(user=user, role=role)
    person = None
    if unit is not None:
        person = Person.objects.create(name=name, employee_number=f"E-{key}", membership=membership, hired_on=HIRED)
        Assignment.objects.create(person=person, unit=unit, role=role, starts_on=HIRED)
    return Member(user, membership, person)
