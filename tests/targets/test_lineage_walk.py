"""
Whatever happened, every figure opens to what adds up to it: leaves to parts, days to the figure, rows and rest to the sum.

After a long walk through the services, with teams that moved, figures are picked at random over all metrics – also own ones and
stocks –, people and units, periods with and without a name, and lenses.
"""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.periods import Period, PeriodKind
from common.tenancy import company_scope
from credits import services as credits
from credits.queries.lens import PLAIN, Basis, Lens
from credits.rules import BROUGHT_FORWARD
from credits.rules.own import Part
from credits.services import posting
from targets import rollups
from targets.models import Metric
from targets.queries.figures import figure_of, rest_of
from targets.queries.windows import Window, daily_in, figures_in
from targets.services.metrics import add_builtin_metrics, add_own_metric
from teams import services as teams
from teams.models import Person, Unit
from teams.queries import calendar_of, people_employed_in, tree_during
from tests.credits.test_random_walk import TODAY, Walk

STEPS, PICKS = 75, 150
JAN_1, MOVED = date(2026, 1, 1), date(2026, 2, 17)
#: What was entered in the first half of the walk was known before, the rest after it.
MIDDLE = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOWS = [
    (Period(date(2026, 2, 1), date(2026, 3, 1)), PeriodKind.MONTH),
    (Period(date(2026, 3, 1), date(2026, 4, 1)), PeriodKind.MONTH),
    (Period(date(2026, 1, 1), date(2026, 4, 1)), PeriodKind.QUARTER),
    (Period(date(2026, 1, 1), date(2027, 1, 1)), PeriodKind.YEAR),
    (Period(date(2026, 2, 16), date(2026, 2, 23)), PeriodKind.WEEK),
    (Period(date(2026, 2, 3), date(2026, 3, 19)), None),
]


def lenses(line, channel):
    return [
        PLAIN,
        Lens(as_of=date(2026, 3, 2)),
        Lens(known_at=MIDDLE.date()),
        Lens(until=MIDDLE),
        Lens(as_of=date(2026, 2, 20), until=MIDDLE),
        Lens(basis=Basis.TERRITORY),
        Lens(channel_id=channel),
        Lens(product_line_id=line),
    ]


@pytest.fixture(params=[3, 8])
def walked(request, cast, monkeypatch):
    """The cast after a walk in which Team One moved to West, with a metric of their own; the lenses, and dice."""
    post, known = posting._post, {}
    monkeypatch.setattr(posting, "_post", lambda statement, recorded_at, **ids: post(statement, known["at"], **ids))
    with company_scope(cast.lantern):
        known["at"] = MIDDLE - timedelta(days=1)
        add_builtin_metrics()
        walk = Walk(request.param)
        add_own_metric(
            name="Line", numerator=Part("REVENUE", product_lines=frozenset([walk.lines[0].pk])), starts_on=JAN_1, by=None
        )
        walk.take(STEPS)
        credits.post_all()
        known["at"] = MIDDLE + timedelta(days=1)
        walk.take(STEPS)
        credits.post_all()
        teams.move_unit(unit=cast.one, parent=cast.west, from_day=MOVED, today=TODAY, by=None)
        rollups.rebuild()
        yield cast, lenses(walk.lines[0].pk, walk.channels[0].pk), random.Random(request.param)


def picked(walked):
    """Yield figures to look at: metric, window, and whose; a metric only through a lens that carries it."""
    _cast, through, dice = walked
    metrics = list(Metric.objects.filter(is_active=True))
    subjects = [{"person_id": pk} for pk in Person.objects.values_list("pk", flat=True)]
    subjects += [{"unit_id": pk} for pk in Unit.objects.values_list("pk", flat=True)]
    for _ in range(PICKS):
        metric, (period, kind), lens = dice.choice(metrics), dice.choice(WINDOWS), dice.choice(through)
        if lens.carries(metric.measures):
            yield metric, Window(period, kind, lens), dice.choice(subjects)


def test_every_figure_opens_to_what_adds_up_to_it(walked):
    calendar, looked_at = calendar_of(walked[0].lantern), 0
    for metric, window, subject in picked(walked):
        told = (metric.code, window, subject)
        figure = figure_of(metric=metric, window=window, calendar=calendar, **subject)
        assert all(part.is_exact for part in figure.parts), (told, figure.parts)
        looked_at += any(part.stored for part in figure.parts)
        if metric.is_ratio or metric.numerator in BROUGHT_FORWARD:
            continue
        whole = figure.parts[0].stored
        assert course_of(metric, window, subject) == whole, told
        if "unit_id" in subject:
            for is_of_people, rows in ((True, people_of), (False, branches_of)):
                rests = rest_of(metric=metric, window=window, on=TODAY, is_of_people=is_of_people, **subject)
                left_over = sum(rest.sign * rest.amount for rest in rests)
                assert rows(metric, window, subject["unit_id"]) + left_over == whole, (told, is_of_people)
    assert looked_at > PICKS // 6  # of that many metrics and lenses most picks are of nothing


def course_of(metric, window, subject):
    """Return what the days of the chart add up to."""
    ids = {f"{key}s": [value] for key, value in subject.items()}
    return sum(daily_in(metric=metric, window=window, **ids).values())


def people_of(metric, window, unit_id):
    """Return what the rows of a unit's people add up to."""
    on = min(TODAY, window.period.last_day)
    below = tree_during(window.period, known_at=window.lens.last_known).below(unit_id, on=on)
    people = list(people_employed_in(below, on=on).values_list("pk", flat=True))
    return sum(row.numerator for row in figures_in(metrics=[metric], window=window, person_ids=people).values())


def branches_of(metric, window, unit_id):
    """Return what the rows of the units right below one add up to, each for the days on which it hung there."""
    spans = tree_during(window.period, known_at=window.lens.last_known).spans_below(unit_id)
    windows = [(child, replace(window, period=span, kind=None)) for child, found in spans.items() for span in found]
    return sum(
        row.numerator for child, part in windows for row in figures_in(metrics=[metric], window=part, unit_ids=[child]).values()
    )
