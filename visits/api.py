"""The API of visits: what a phone kept while it had no network."""

from django.urls import reverse
from django.utils import timezone

from common.queues import QueueApi
from visits.access import logger_of
from visits.forms import VisitForm
from visits.views import said_of


class VisitQueue(QueueApi):
    """Log queued visits; `fields` are those of the page that logs one."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.person = logger_of(request)

    def form_for(self, request, fields):
        return VisitForm(fields, sight=request.sight, today=timezone.localdate())

    def save(self, request, form):
        visit = form.try_to_log(person=self.person, by=request.user)
        if visit is None:
            return None
        level, text = said_of(visit)
        self.say(request, text, level=level)
        return reverse("visits:visit", args=[visit.pk])
