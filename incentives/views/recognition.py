"""The door to recognition: the wall of praise, and giving some."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.rules import Permission
from common.lists import page_of
from incentives.forms.recognition import GivePraise
from incentives.models import Praise
from incentives.services import recognition as services
from teams.access import require
from teams.models import Person

PER_PAGE = 30


def praise(request):
    """Show who was thanked for what, newest first, and let the member thank somebody."""
    require(request, Permission.PRAISE)
    on = timezone.localdate()
    people = Person.objects.employed_on(on).order_by("name")
    if request.person is not None:
        people = people.exclude(pk=request.person.pk)
    form = GivePraise(request.POST or None, people=people) if request.person else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.praise(giver=request.person, given_on=on, by=request.user, **form.cleaned_data)
        except services.PraiseRefused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, _("Thank you – everybody can read it now."))
            return redirect("incentives:praise")
    found = Praise.objects.select_related("to", "by").order_by("-given_on", "-pk")
    page = page_of(found, request, size=PER_PAGE)
    return render(
        request,
        "incentives/praise.html",
        {"form": form, "page": page, "today": on},
        status=422 if form is not None and form.errors else 200,
    )


@require_POST
def take_back(request, praise_id):
    """Take one's own praise back."""
    given = get_object_or_404(Praise.objects, pk=praise_id)
    if request.person is None or given.by_id != request.person.pk:
        raise PermissionDenied
    services.take_back(given=given, by=request.user)
    messages.success(request, _("The praise was taken back."))
    return redirect("incentives:praise")
