"""What happens below becomes honours, in the same transaction."""

from django.dispatch import receiver
from django.utils import timezone

from deals.models import DealReturn
from deals.signals import deal_changed, return_recorded
from incentives.services import victories


@receiver(deal_changed)
def report_victories(*, deal_ids, **_):
    victories.follow_deals(deal_ids, on=timezone.localdate())


@receiver(return_recorded)
def judge_victories(*, return_ids, **_):
    deal_ids = list(DealReturn.objects.filter(pk__in=return_ids).values_list("deal_id", flat=True).distinct())
    victories.follow_deals(deal_ids, on=timezone.localdate())
