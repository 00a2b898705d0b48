"""The API of visits: what a phone kept while it had no network."""

from django.urls import reverse
from django.utils import timezone

from common.queues import QueueApi
from visits import intake
from visits.access import logger_of
from visits.forms import VisitForm


class VisitQueue(QueueApi):
    """Log queued visits; `fields` are those of the page that logs one."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.person = logger_of(request)

    def form_for(self, request, fields):
        return VisitForm(fields, sight=request.sight, today=timezone.localdate())

    def save(self, request, form):
        visit = intake.log(form, person=self.person, by=request.user)
        if visit is None:
            return None
        level, text = intake.said_of(visit)
        self.say(request, text, level=level)
        return reverse("visits:visit", args=[visit.pk])
