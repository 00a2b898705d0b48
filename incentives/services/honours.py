"""Honouring people: nominating them, giving an award, withdrawing it, and how the company does it."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.money import to_minor
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import Award, AwardPrize, HonourSettings, Nomination
from incentives.queries.awards import nominations_open
from incentives.rules.honours import NOMINATED_KINDS, AwardKind, prize_shares
from teams.models import Person
from teams.queries import people_employed_in, subtree_ids


class HonourRefused(Refusal):
    """An honour that cannot be given so."""

    sentences = {
        "oneself": _("You cannot nominate yourself."),
        "own_award": _("Nobody gives an award to themselves or to the team they are in."),
        "has_left": _("They do not work here any more."),
        "empty": _("Say what for, so that everybody can see it."),
        "not_over": _("The period is not over yet."),
        "given": _("This award was given to them already."),
        "not_open": _("Nominations for this quarter are closed."),
        "not_nominated": _("For this award nobody is nominated."),
        "prize_too_high": _("You may attach %(limit)s at most."),
        "no_team": _("This award goes to a team."),
        "no_person": _("This award goes to a person."),
        "withdrawn": _("It was withdrawn already."),
    }


@transaction.atomic
def nominate(*, kind, quarter, person, nominator, reason, on, first_month, client_ref=None, by):
    """
    Put somebody forward for an award; the same nominator once for each person, award and quarter.

    :raises HonourRefused: for oneself, a leaver, without words, for another quarter, or an award nobody is nominated for.
    """
    if made := made_before(Nomination.objects, client_ref):
        return made
    if kind not in NOMINATED_KINDS:
        raise HonourRefused("not_nominated")
    if person.pk == nominator.pk:
        raise HonourRefused("oneself")
    if person.left_on and person.left_on <= on:
        raise HonourRefused("has_left")
    if not reason.strip():
        raise HonourRefused("empty")
    if quarter not in nominations_open(on, first_month):
        raise HonourRefused("not_open")
    asked = {"kind": kind, "starts_on": quarter.starts_on, "person": person, "by": nominator}
    nomination, is_new = Nomination.objects.get_or_create(
        **asked, defaults={"reason": reason.strip(), "nominated_on": on, "client_ref": client_ref}
    )
    if is_new:
        record(
            "incentives.nomination.made", about=nomination, by=by, after={"person": str(person), "reason": nomination.reason}
        )
    else:
        change(nomination, action="incentives.nomination.changed", by=by, reason=reason.strip())
    return nomination


@transaction.atomic
def take_back_nomination(*, nomination, by):
    """Take one's own nomination back."""
    record("incentives.nomination.withdrawn", about=nomination, by=by, before={"reason": nomination.reason})
    nomination.delete()


@transaction.atomic
def give_award(
    *, kind, period, winner, reason, on, giver=None, among=None, metric=None, value=None, prize=0, prize_limit=None, by
) -> Award:
    """
    Honour a person or a team for a period that is over; a prize is shared equally among those in the team on its last day.

    :param winner: a `Person`, or a `Unit` for the team of the quarter.
    :param giver: the person who decides, None for a member who is nobody in the organisation.
    :param among: the unit inside which was compared; None for the whole company.
    :param value: the figure it rests on, in minor units of `metric`.
    :param prize: an amount as people type it.
    :param prize_limit: minor units that may be attached at most; None for as much as one likes.
    :raises HonourRefused: nothing is written.
    """
    prize = to_minor(prize)
    is_person = isinstance(winner, Person)
    team = () if is_person else people_employed_in(subtree_ids([winner.pk], on=period.last_day), on=period.last_day)
    receivers = [winner] if is_person else list(team)
    _check(kind, period, receivers, is_person=is_person, reason=reason, on=on, giver=giver)
    if prize_limit is not None and prize > prize_limit:
        raise HonourRefused("prize_too_high", limit=f"{prize_limit / 100:,.2f}")
    award = Award(
        kind=kind,
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        among=among,
        person=winner if is_person else None,
        unit=None if is_person else winner,
        reason=reason.strip(),
        metric=metric if value is not None else None,
        value=value if metric is not None else None,
        prize=prize,
        decided_on=on,
        decided_by=by,
    )
    try:
        with transaction.atomic():
            award.save()
    except IntegrityError:
        raise HonourRefused("given") from None
    people = {person.pk: person for person in receivers}
    AwardPrize.objects.bulk_create(
        AwardPrize(award=award, person=people[pk], amount=part) for pk, part in prize_shares(prize, list(people)).items()
    )
    record("incentives.award.given", about=award, by=by, after={"to": str(winner), "reason": award.reason, "prize": prize})
    return award


def _check(kind, period, receivers, *, is_person, reason, on, giver):
    if is_person and kind == AwardKind.BEST_TEAM:
        raise HonourRefused("no_team")
    if not is_person and kind != AwardKind.BEST_TEAM:
        raise HonourRefused("no_person")
    if giver is not None and giver.pk in {person.pk for person in receivers}:
        raise HonourRefused("own_award")
    if is_person and receivers[0].left_on and receivers[0].left_on <= period.starts_on:
        raise HonourRefused("has_left")
    if period.ends_before > on:
        raise HonourRefused("not_over")
    if not reason.strip():
        raise HonourRefused("empty")


@transaction.atomic
def withdraw_award(*, award, reason, on, by):
    """
    Take an award off the wall, with the reason; it is kept, and its prize is taken back by the next statement.

    :raises HonourRefused: without a reason, or if it was withdrawn already.
    """
    award = Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    if award.withdrawn_on:
        raise HonourRefused("withdrawn")
    if not reason.strip():
        raise HonourRefused("empty")
    change(award, action="incentives.award.withdrawn", by=by, withdrawn_on=on, withdrawn_reason=reason.strip())
    return award


@transaction.atomic
def change_settings(*, by, **values):
    """Change how the company honours; amounts in minor units."""
    row, _is_new = HonourSettings.objects.select_for_update().get_or_create()
    change(row, action="incentives.honours.settings_changed", by=by, **values)
    return row
