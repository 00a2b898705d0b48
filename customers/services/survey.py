"""Surveys: a link for a customer, which opens without an account and takes one answer."""

import hashlib
import secrets
from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.cleaning import clean_values
from common.refusals import Refusal
from customers import signals
from customers.models import Customer, Survey

VALID_FOR = timedelta(days=30)
#: The company's id is part of what is signed: the link itself says whose question it is, and nobody can change that.
_SIGNER = Signer(sep=".", salt="customers.survey")


class SurveyRefused(Refusal):
    """A survey cannot be answered."""

    sentences = {
        "answered": _("This question has been answered already. Thank you."),
        "expired": _("This link is too old. If you would like to tell us something, please call us."),
        "unknown": _("This link is not known."),
    }


@transaction.atomic
def ask_customer(*, customer, about="", now, today, by):
    """
    Ask a customer how content they are; return the survey and the token of its link, which nobody can read again.

    An earlier link to the same customer that was not answered yet ends: the newest one works.

    :param about: what the question is about, for the company's own eyes, such as a deal's number.
    """
    customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    Survey.objects.filter(customer=customer, score=None, expires_at__gt=now).update(expires_at=now)
    secret = secrets.token_urlsafe(24)
    survey = Survey(
        customer=customer,
        person_id=customer.owner_id,
        about=about.strip(),
        token_hash=_hash_of(secret),
        asked_on=today,
        expires_at=now + VALID_FOR,
        created_by=by,
    )
    clean_values(survey)
    survey.save()
    record("customers.survey.asked", about=survey, by=by, after={"about": survey.about, "asked_on": today})
    return survey, token_of(customer.company_id, secret)


def token_of(company_id, secret):
    """Return what a link carries."""
    return _SIGNER.sign(f"{company_id}~{secret}")


def survey_of(token):
    """
    Return which company a link belongs to and the hash of its secret.

    :raises SurveyRefused: `unknown` for a token that we did not make.
    """
    try:
        company_id, _sign, secret = _SIGNER.unsign(token).partition("~")
        return int(company_id), _hash_of(secret)
    except (BadSignature, ValueError) as error:
        raise SurveyRefused("unknown") from error


def require_open(survey, *, now):
    """
    Refuse a survey that takes no answer at this moment.

    :raises SurveyRefused: with the reason.
    """
    if survey.score is not None:
        raise SurveyRefused("answered")
    if survey.expires_at <= now:
        raise SurveyRefused("expired")


@transaction.atomic
def answer_survey(*, survey, score, comment="", now, today, by=None) -> Survey:
    """
    Take a customer's answer, once.

    :param score: 1 to 5.
    :param by: nobody: the customer has no account.
    :raises SurveyRefused: if it was answered already, or the link is too old.
    :raises ValidationError: for values that do not fit.
    """
    survey = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    require_open(survey, now=now)
    survey.score, survey.comment = score, comment.strip()
    survey.answered_at, survey.answered_on = now, today
    clean_values(survey)
    survey.save(update_fields=["score", "comment", "answered_at", "answered_on"])
    record("customers.survey.answered", about=survey, by=by, after={"score": score, "answered_on": today})
    signals.survey_answered.send(sender=Survey, survey_ids=[survey.pk])
    return survey


def _hash_of(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
