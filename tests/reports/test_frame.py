"""What stands around every board, read in one statement."""

from datetime import date

from reports.queries.frame import frame_of
from targets.models import Metric, Ranking
from teams.models import Unit

TODAY = date(2026, 3, 20)


class TestFrame:
    def test_holds_the_metrics_in_use_and_the_units_in_order(self, lantern, django_assert_num_queries):
        last = Metric.objects.order_by("position", "code").last()
        Metric.objects.filter(pk=last.pk).update(is_active=False)
        with django_assert_num_queries(1):
            frame = frame_of(on=TODAY)
        assert list(frame.metrics) == list(Metric.objects.filter(is_active=True).order_by("position", "code"))
        assert frame.metrics[0].label
        ordered = Unit.objects.order_by("parent__position", "position", "name")
        assert [(pk, name) for pk, name, *_rest in frame.units] == list(ordered.values_list("pk", "name"))

    def test_says_which_units_are_open_on_the_day(self, lantern):
        Unit.objects.filter(pk=lantern.two.pk).update(closed_on=TODAY)
        open_units = {pk for pk, _name, _kind, _parent, is_open in frame_of(on=TODAY).units if is_open}
        assert lantern.two.pk not in open_units
        assert lantern.one.pk in open_units

    def test_knows_the_latest_published_weeks_and_no_superseded_ones(self, lantern):
        metric = Metric.objects.first()
        for day in (2, 9, 16):
            Ranking.objects.create(
                metric=metric, span="MONTH", subject="PERSON", starts_on=date(2026, 3, 1), ends_before=date(2026, 4, 1),
                week_starts_on=date(2026, 3, day),
            )  # fmt: skip
        Ranking.objects.filter(week_starts_on=date(2026, 3, 16)).update(superseded_at="2026-03-24T00:00Z")
        assert frame_of(on=TODAY, weeks=1).weeks == (date(2026, 3, 9),)
        assert frame_of(on=TODAY, weeks=5).weeks == (date(2026, 3, 9), date(2026, 3, 2))
        assert frame_of(on=TODAY).weeks == ()
