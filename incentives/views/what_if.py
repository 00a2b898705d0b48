"""The doors to what a deal would pay: for oneself, and for whom one leads."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deals.access import deal_for
from deals.models import Deal
from incentives.access.ahead import may_look_ahead, person_ahead
from incentives.forms.what_if import SaleForm
from incentives.queries.ahead import Ahead
from incentives.queries.prospects import open_deals_of
from teams.queries import people_in_sight


@require_safe
def what_if(request):
    """Show what open deals and one that is typed would pay this month, and how far the next steps are."""
    person = _person(request)
    if person is None:
        return render(request, "incentives/what_if.html", {"ahead": None})
    ahead = Ahead(person=person, on=timezone.localdate(), company=request.company)
    is_own = request.person is not None and person.pk == request.person.pk
    context = {"ahead": ahead.shown(), "shown": person, "is_own": is_own}
    if ahead.is_paid:
        form = SaleForm(request.GET if "amount" in request.GET else None, asks=ahead.asks)
        context |= {
            "form": form,
            "typed": ahead.typed(**form.sale) if form.is_bound and form.is_valid() else None,
            "pictures": ahead.pictures(here=_("You are here") if is_own else person.name),
        }
    status = 422 if context.get("form") and context["form"].errors else 200
    return render(request, "incentives/what_if.html", context, status=status)


@require_safe
def of_deal(request, deal_id):
    """Show what an open deal would pay the member, or its owner to who leads them, as a part of the deal's page."""
    deal = deal_for(request, deal_id)
    person = _paid_by(request, deal) if deal.status == Deal.Status.OPEN else None
    context = {"deal": deal, "shown": person}
    if person is not None:
        ahead = Ahead(person=person, on=timezone.localdate(), company=request.company)
        if ahead.is_paid:
            won, collected = ahead.deal(deal)
            is_own = request.person is not None and person.pk == request.person.pk
            context |= {"won": won, "collected": collected, "month": ahead.month, "is_own": is_own}
    return render(request, "incentives/_partials/deal_ahead.html", context)


def _person(request):
    asked = request.GET.get("person", "")
    if not asked:
        return request.person
    if not (asked.isdecimal() and len(asked) < 19):  # noqa: PLR2004 - digits of a bigint
        raise Http404
    return person_ahead(request, int(asked))


def _paid_by(request, deal):
    """Return whom the page of a deal is about: the member if they have a part of it, else its owner if they lead them."""
    if request.person is not None and open_deals_of(request.person.pk).filter(pk=deal.pk).exists():
        return request.person
    if deal.owner_id is None:
        return None
    owner = people_in_sight(request.sight).filter(pk=deal.owner_id).first()
    has_part = owner is not None and open_deals_of(owner.pk).filter(pk=deal.pk).exists()
    return owner if has_part and may_look_ahead(request, owner) else None
