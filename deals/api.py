"""The API of deals: what a phone kept while it had no network."""

from django.urls import reverse
from django.utils import timezone

from accounts.rules import Permission
from common.queues import QueueApi
from deals import intake
from deals.forms import DealForm
from teams.access import require


class DealQueue(QueueApi):
    """Log queued deals; `fields` are those of the page that logs one, lines as `lines-0-product` and so on."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        require(request, Permission.DEALS_EDIT)

    def form_for(self, request, fields):
        return DealForm(fields, sight=request.sight, today=timezone.localdate(), person=request.person)

    def save(self, request, form):
        deal = intake.log(form, by=request.user)
        if deal is None:
            return None
        self.say(request, intake.said_of(deal))
        return reverse("deals:deal", args=[deal.pk])

    def errors_of(self, form):
        errors = super().errors_of(form)
        for row in form.lines.forms:
            for texts in row.errors.values():
                errors.setdefault("product", []).extend(str(text) for text in texts)
        if form.lines.is_bound:
            errors.setdefault("product", []).extend(str(text) for text in form.lines.non_form_errors())
        return {name: texts for name, texts in errors.items() if texts}
