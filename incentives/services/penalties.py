"""Team rules and their cases: writing, publishing, acknowledging; proposing, deciding, appealing, answering."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.periods import PeriodKind, month_of, previous
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import CaseEvidence, RuleAcknowledgement, RuleCase, RuleVersion, TeamRule
from incentives.queries.awards import honour_settings
from incentives.queries.penalties import acknowledged, bound_by, is_another_decider, versions_in_force
from incentives.queries.triggers import evidence_of
from incentives.rules.penalties import (
    OPENED_WITHIN_DAYS,
    REWARDED,
    WITHOUT_EFFECT,
    CaseStatus,
    Effect,
    counts_from,
    final_day,
    knew,
)


class RuleRefused(Refusal):
    """Something about a rule or a case that cannot be done so."""

    sentences = {
        "published": _("What was published is not changed; write a new version."),
        "not_beforehand": _("A rule holds from a day after today, so that everybody can read it before."),
        "before_last": _("The version before holds from %(day)s; this one has to follow it."),
        "no_threshold": _("Say from how many in a month a case is proposed."),
        "not_rewarded": _("This is good work: it can only be rewarded."),
        "only_rewarded": _("A reward goes by what was done well."),
        "not_for_them": _("This rule does not hold for you."),
        "decided": _("This case was decided already."),
        "oneself": _("Nobody decides about themselves."),
        "no_reason": _("Say why, so that the person understands it."),
        "not_confirmed": _("There is nothing to appeal against."),
        "too_late": _("The days to appeal are over."),
        "not_appealed": _("Nobody has appealed."),
        "in_future": _("That day is still to come."),
        "too_long_ago": _("That is more than %(days)s days ago; what follows has to follow at once."),
        "not_in_force": _("This rule did not hold on that day."),
        "not_bound": _("This rule did not hold for them on that day."),
        "not_known": _("They had not read this rule the day before: nothing counts before somebody knew it."),
        "no_account": _("Say what happened, so that the person and whoever decides understand it."),
        "there": _("For that day or its month there is a case under this rule already."),
        "opener": _("Somebody else than who opened it decides."),
        "same_decider": _("Somebody else than who decided answers an appeal."),
    }


@transaction.atomic
def write_rule(*, rule=None, unit=None, title, text, effect, applies_to, trigger="", threshold=None, amount=0, consequence, by):
    """
    Write a rule's draft, the first or the next version; an existing draft is changed.

    :param amount: minor units, given or taken for each case.
    :raises RuleRefused: for a trigger that does not fit.
    """
    _check_trigger(effect, trigger, threshold)
    if rule is None:
        rule = TeamRule.objects.create(unit=unit)
    rule = TeamRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    said = {
        "title": title.strip(),
        "text": text.strip(),
        "effect": effect,
        "applies_to": applies_to,
        "trigger": trigger,
        "threshold": threshold if trigger else None,
        "amount": amount,
        "consequence": consequence.strip(),
    }
    if draft := rule.versions.drafts().first():
        change(draft, action="incentives.rule.changed", by=by, **said)
        return draft
    last = rule.versions.order_by("-number").first()
    draft = RuleVersion.objects.create(rule=rule, number=last.number + 1 if last else 1, **said)
    record("incentives.rule.added", about=draft, by=by, after={"title": draft.title, "version": draft.number})
    return draft


def _check_trigger(effect, trigger, threshold):
    if trigger and not threshold:
        raise RuleRefused("no_threshold")
    if trigger in REWARDED and effect != Effect.REWARD:
        raise RuleRefused("not_rewarded")
    if trigger and trigger not in REWARDED and effect == Effect.REWARD:
        raise RuleRefused("only_rewarded")


@transaction.atomic
def publish_rule(*, version, holds_from, on, by):
    """
    Publish a draft, to hold from a day after today.

    :raises RuleRefused: if it is published, would hold at once, or not after the version before it.
    """
    version = RuleVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if version.holds_from is not None:
        raise RuleRefused("published")
    if holds_from <= on:
        raise RuleRefused("not_beforehand")
    last = RuleVersion.objects.published().filter(rule=version.rule_id).order_by("-holds_from").first()
    if last and holds_from <= last.holds_from:
        raise RuleRefused("before_last", day=last.holds_from.isoformat())
    change(version, action="incentives.rule.published", by=by, holds_from=holds_from, published_on=on, published_by=by)
    return version


@transaction.atomic
def retire_rule(*, rule, on, by):
    """Let a rule hold no longer from a day on; cases that there are go on. What holds no longer is not revived by a later day."""
    rule = TeamRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if rule.retired_on is None:
        change(rule, action="incentives.rule.withdrawn", by=by, retired_on=on)


@transaction.atomic
def acknowledge(*, version, person, on, by):
    """
    Say that one has read a version; the same twice is once.

    :raises RuleRefused: for a draft, or whom it does not hold for.
    """
    if version.holds_from is None or not bound_by(version, on=on).filter(pk=person.pk).exists():
        raise RuleRefused("not_for_them")
    read, is_new = RuleAcknowledgement.objects.get_or_create(version=version, person=person, defaults={"acknowledged_on": on})
    if is_new:
        record("incentives.rule.acknowledged", about=version, by=by, after={"person": str(person)})
    return read


@transaction.atomic
def propose_cases(*, on, calendar):
    """
    Propose what the records of the last month set off, and look again at what still waits to be decided.

    Safe to repeat: a rule, person and month has one case. One that the records no longer bear lapses; what was decided
    stays. Returns how many are new.
    """
    month = previous(month_of(on), PeriodKind.MONTH)
    new = 0
    for version in versions_in_force(month.last_day).exclude(trigger=""):
        read = acknowledged(version)
        people = {person.pk: person for person in bound_by(version, on=month.last_day)}
        known = {pk: counts_from(month, holds_from=version.holds_from, acknowledged_on=read.get(pk)) for pk in people}
        known = {pk: day for pk, day in known.items() if day is not None}
        found = evidence_of(version.trigger, month=month, known_from=known, people=people, calendar=calendar)
        new += _follow(version, month, found, on=on)
    return new


def _follow(version, month, found, *, on):
    # Whoever opens a case by hand holds the rule as well: one fault is one case.
    TeamRule.objects.select_for_update(of=("self",)).get(pk=version.rule_id)
    of_month = RuleCase.objects.filter(rule=version.rule_id, starts_on=month.starts_on)
    # Locked in pk order: what is decided meanwhile is not looked at again.
    locked = of_month.from_records().order_by("pk").select_for_update(of=("self",))
    standing = {case.person_id: case for case in locked}
    by_hand = set(of_month.by_hand().exclude(status__in=WITHOUT_EFFECT).values_list("person_id", flat=True))
    measured = {person_id: sum(row.count for row in rows) for person_id, rows in found.items()}
    new = 0
    for person_id, count in sorted(measured.items()):
        if count < version.threshold or person_id in standing or person_id in by_hand:
            continue
        case, is_new = RuleCase.objects.get_or_create(
            rule_id=version.rule_id,
            person_id=person_id,
            starts_on=month.starts_on,
            happened_on=None,
            defaults={"version": version, "ends_before": month.ends_before, "measured": count, "proposed_on": on},
        )
        if is_new:
            _write_evidence(case, found[person_id])
            record("incentives.case.proposed", about=case, by=None, after={"person": str(case.person), "measured": count})
            new += 1
    for person_id, case in standing.items():
        if case.status in {CaseStatus.PROPOSED, CaseStatus.LAPSED}:
            _look_again(case, measured.get(person_id, 0), found.get(person_id, []), threshold=version.threshold)
    return new


def _look_again(case, count, rows, *, threshold):
    status = CaseStatus.PROPOSED if count >= threshold else CaseStatus.LAPSED
    if (case.measured, case.status) == (count, status) and case.evidence.count() == len(rows):
        return
    change(case, action="incentives.case.changed", by=None, measured=count, status=status)
    case.evidence.all().delete()
    _write_evidence(case, rows)


def _write_evidence(case, rows):
    CaseEvidence.objects.bulk_create(
        CaseEvidence(
            case=case, on=row.on, count=row.count, deal_id=row.deal_id, customer_id=row.customer_id, task_id=row.task_id
        )
        for row in rows
    )


@transaction.atomic
def open_case(*, rule, person, happened_on, account, opener, client_ref=None, on, by):
    """
    Open a case by hand: for what somebody did on a day under a rule that held then, and that they had read before.

    The same `client_ref` again gives the same case. Somebody else decides it.

    :param opener: the person who opens it, None for a member who is nobody in the organisation.
    :raises RuleRefused: see its sentences.
    """
    if made := made_before(RuleCase.objects, client_ref):
        return made
    # One at a time for a rule, so that of two for a day the second is told.
    rule = TeamRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    version = _version_broken(rule, person, happened_on, on=on)
    if opener is not None and opener.pk == person.pk:
        raise RuleRefused("oneself")
    if not account.strip():
        raise RuleRefused("no_account")
    month = month_of(happened_on)
    there = RuleCase.objects.filter(rule=rule, person=person)
    if there.by_hand().filter(happened_on=happened_on).exists() or (
        there.from_records().filter(starts_on=month.starts_on).exclude(status__in=WITHOUT_EFFECT).exists()
    ):
        raise RuleRefused("there")
    case = RuleCase.objects.create(
        rule=rule,
        version=version,
        person=person,
        starts_on=month.starts_on,
        ends_before=month.ends_before,
        measured=1,
        proposed_on=on,
        happened_on=happened_on,
        account=account.strip(),
        opened_by=by,
        client_ref=client_ref,
    )
    record("incentives.case.opened", about=case, by=by, after={"person": str(person), "happened_on": happened_on})
    return case


def _version_broken(rule, person, happened_on, *, on):
    """Return the version of a rule that bound somebody on a day."""
    if happened_on > on:
        raise RuleRefused("in_future")
    if (on - happened_on).days > OPENED_WITHIN_DAYS:
        raise RuleRefused("too_long_ago", days=OPENED_WITHIN_DAYS)
    version = versions_in_force(happened_on).filter(rule=rule).first()
    if version is None:
        raise RuleRefused("not_in_force")
    if not bound_by(version, on=happened_on).filter(pk=person.pk).exists():
        raise RuleRefused("not_bound")
    read_on = acknowledged(version).get(person.pk)
    if not knew(on=happened_on, holds_from=version.holds_from, acknowledged_on=read_on):
        raise RuleRefused("not_known")
    return version


@transaction.atomic
def settle_cases(*, on):
    """Make final what nobody appealed against in time; the same twice is once. Returns how many."""
    rows = RuleCase.objects.filter(status=CaseStatus.CONFIRMED, final_on=None, appeal_until__lt=on)
    settled = 0
    for case in rows.select_related("version").order_by("pk").select_for_update(of=("self",)):
        day = final_day(effect=case.version.effect, decided_on=case.decided_on, appeal_until=case.appeal_until)
        change(case, action="incentives.case.closed", by=None, final_on=day)
        settled += 1
    return settled


@transaction.atomic
def decide_case(*, case, is_confirmed, reason, decider, on, by):
    """
    Confirm or drop a proposed case; the person reads it with the reason, and may appeal for some days.

    Who opened a case by hand decides it only where nobody else could.

    :param decider: the person who decides, None for a member who is nobody in the organisation.
    :raises RuleRefused: about oneself, without a reason, or if it was decided already.
    """
    case = _locked(case)
    if case.status != CaseStatus.PROPOSED:
        raise RuleRefused("decided")
    if decider is not None and decider.pk == case.person_id:
        raise RuleRefused("oneself")
    if case.opened_by_id == by.pk and is_another_decider(case.person, besides=by, on=on):
        raise RuleRefused("opener")
    if not reason.strip():
        raise RuleRefused("no_reason")
    decided = {"decided_on": on, "decided_by": by, "reason": reason.strip()}
    if not is_confirmed:
        change(case, action="incentives.case.dropped", by=by, status=CaseStatus.DROPPED, **decided)
        return case
    is_reward = case.version.effect == Effect.REWARD
    until = on if is_reward else on + honour_settings().appeal_span
    final_on = on if is_reward else None
    change(
        case,
        action="incentives.case.confirmed",
        by=by,
        status=CaseStatus.CONFIRMED,
        appeal_until=until,
        final_on=final_on,
        **decided,
    )
    return case


@transaction.atomic
def appeal(*, case, words, on, by):
    """
    Appeal against a confirmed case, with the reason; nothing is deducted until it is answered.

    :raises RuleRefused: if there is nothing to appeal against, the days are over, or without words.
    """
    case = _locked(case)
    if case.status != CaseStatus.CONFIRMED or case.version.effect == Effect.REWARD:
        raise RuleRefused("not_confirmed")
    if case.final_on is not None or on > case.appeal_until:
        raise RuleRefused("too_late")
    if not words.strip():
        raise RuleRefused("no_reason")
    change(case, action="incentives.case.appealed", by=by, status=CaseStatus.APPEALED, appeal=words.strip(), appealed_on=on)
    return case


@transaction.atomic
def answer_appeal(*, case, is_upheld, words, answerer, on, by):
    """
    Answer an appeal: uphold the case, which makes it final, or lift it.

    :param answerer: the person who answers, None for a member who is nobody in the organisation.
    :raises RuleRefused: if nobody appealed, for who decided or whom it is about, or without words.
    """
    case = _locked(case)
    if case.status != CaseStatus.APPEALED:
        raise RuleRefused("not_appealed")
    if answerer is not None and answerer.pk == case.person_id:
        raise RuleRefused("oneself")
    if case.decided_by_id == by.pk:
        raise RuleRefused("same_decider")
    if not words.strip():
        raise RuleRefused("no_reason")
    status = CaseStatus.UPHELD if is_upheld else CaseStatus.LIFTED
    change(
        case,
        action="incentives.case.answered",
        by=by,
        status=status,
        answer=words.strip(),
        answered_on=on,
        answered_by=by,
        final_on=on if is_upheld else None,
    )
    return case


def _locked(case):
    return RuleCase.objects.select_for_update(of=("self",)).select_related("version").get(pk=case.pk)
