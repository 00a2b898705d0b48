"""What teams does when it hears news from below."""

from django.dispatch import receiver

from accounts.services import record
from accounts.signals import company_created, company_settings_changed, invitation_accepted
from teams import services, signals
from teams.models import Person, Unit


@receiver(company_created)
def plant_root_unit(*, company, by, **_):
    """A company's tree begins with one unit: the company itself."""
    services.add_unit(name=company.name[:80], kind=Unit.Kind.COMPANY, parent=None, by=by)


@receiver(company_settings_changed)
def announce_other_working_days(*, changed, by, **_):
    """Other weekdays or another country's holidays change every day at once."""
    if {"working_weekdays", "country"} & set(changed):
        signals.calendar_changed.send(sender=Unit, days=[], by=by)


@receiver(invitation_accepted)
def link_person(*, invitation, membership, **_):
    """The invitation was for somebody who works here already: from now on they sign in as that person."""
    person = Person.objects.filter(invitation=invitation, membership=None).select_for_update(of=("self",)).first()
    if person and not Person.objects.filter(membership=membership).exists():
        person.membership = membership
        person.save(update_fields=["membership"])
        record("teams.person.linked", about=person, by=membership.user, after={"membership": str(membership)})
