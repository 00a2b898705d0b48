"""Changes to how people are assessed, scores given by hand, and workbooks that are kept."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.refusals import Refusal
from common.repeats import made_before
from jobs import services as jobs
from reports.models import AssessmentExport, AssessmentGrade, Indicator, ManualScore, Remark
from reports.queries.assessments import workbooks_under_way
from reports.rules import WORKBOOK_JOB
from targets.models import Metric
from targets.rules import USUAL_GRADES
from teams.models import Person

#: What every company begins with: the code of a metric or a name, and the weight in %.
BUILT_IN_METRICS = (("revenue", 40), ("gross_profit", 15), ("cash_collected", 15), ("visits", 10))
BUILT_IN_BY_HAND = ((gettext_noop("Attitude"), 10), (gettext_noop("Teamwork"), 10))
HIGHEST_SCORE = Decimal(100)


class AssessmentRefused(Refusal):
    """An assessment cannot be set up or scored so."""

    sentences = {
        "name_taken": _("There already is an indicator called “%(name)s”."),
        "grade_taken": _("There already is a grade called “%(name)s”."),
        "grades_sum": _("The shares of the grades add up to %(sum)s %%, not to 100 %%."),
        "no_grades": _("At least one grade is needed."),
        "score": _("A score is a number from 0 to 100 with at most one decimal place."),
    }


@transaction.atomic
def add_builtin_assessment():
    """Give the active company the indicators and grades that companies begin with, unless it has any of its own."""
    if not AssessmentGrade.objects.exists():
        AssessmentGrade.objects.bulk_create(
            [AssessmentGrade(name=s.grade, percent=s.percent, position=at) for at, s in enumerate(USUAL_GRADES, start=1)],
            ignore_conflicts=True,
        )
    if Indicator.objects.exists():
        return
    metrics = {m.code: m for m in Metric.objects.all()}
    rows = [
        Indicator(name=metrics[code].name, name_en=metrics[code].name_en, metric=metrics[code], weight=weight)
        for code, weight in BUILT_IN_METRICS
        if code in metrics
    ]
    for name, weight in BUILT_IN_BY_HAND:
        with translation.override("zh-hans"):
            chinese = gettext(name)
        rows.append(Indicator(name=chinese, name_en=name, weight=weight))
    for position, row in enumerate(rows, start=1):
        row.position = position
    Indicator.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def save_indicators(*, rows, by):
    """
    Change indicators and add new ones.

    :param rows: dicts of an indicator's fields; `id` is None for a new one.
    :raises AssessmentRefused: if two indicators would have one name.
    """
    known = {i.pk: i for i in Indicator.objects.select_for_update(of=("self",)).order_by("pk")}
    names = {pk: indicator.name for pk, indicator in known.items()}
    for row in rows:
        values = {key: value for key, value in row.items() if key != "id"}
        if values["name"] in [name for pk, name in names.items() if pk != row["id"]]:
            raise AssessmentRefused("name_taken", name=values["name"])
        if row["id"] is None:
            try:
                with transaction.atomic():
                    indicator = Indicator.objects.create(**values)
            except IntegrityError as error:
                raise AssessmentRefused("name_taken", name=values["name"]) from error
            record(
                "reports.indicator.added",
                about=indicator,
                by=by,
                after={key: str(v) if key == "metric" else v for key, v in values.items()},
            )
        else:
            indicator = known[row["id"]]
            change(indicator, action="reports.indicator.changed", by=by, **values)
        names[indicator.pk] = indicator.name


@transaction.atomic
def save_grades(*, shares, by):
    """
    Set the grades from the best on, as (name, percent); replaces all of them.

    :raises AssessmentRefused: if the shares do not add up to 100 %, or a name stands twice.
    """
    if not shares:
        raise AssessmentRefused("no_grades")
    if (total := sum(percent for _name, percent in shares)) != 100:
        raise AssessmentRefused("grades_sum", sum=total)
    for at, (name, _percent) in enumerate(shares):
        if name in [earlier for earlier, _p in shares[:at]]:
            raise AssessmentRefused("grade_taken", name=name)
    before = list(AssessmentGrade.objects.select_for_update(of=("self",)).order_by("position", "pk"))
    was = [[g.name, g.percent] for g in before]
    now = [[name, percent] for name, percent in shares]
    if was == now:
        return
    AssessmentGrade.objects.all().delete()
    rows = AssessmentGrade.objects.bulk_create(
        [AssessmentGrade(name=name, percent=percent, position=at) for at, (name, percent) in enumerate(shares, start=1)]
    )
    record("reports.grades.changed", about=rows[0], by=by, before={"grades": was}, after={"grades": now})


@transaction.atomic
def give_scores(*, quarter, scores, remarks, by):
    """
    Give, change or take back scores and remarks; return how many changed.

    :param scores: {(person id, indicator id): points from 0 to 100, or None to take the score back}.
    :param remarks: {person id: text}; an empty text takes it back.
    :raises AssessmentRefused: for points out of range; nothing is stored then.
    """
    if any(score is not None and not _is_score(score) for score in scores.values()):
        raise AssessmentRefused("score")
    return _give_scores(quarter, scores, by) + _give_remarks(quarter, remarks, by)


def _give_scores(quarter, scores, by):
    stored = ManualScore.objects.filter(quarter_starts_on=quarter.starts_on, person_id__in={person for person, _i in scores})
    present = {(s.person_id, s.indicator_id): s for s in stored.select_for_update(of=("self",)).order_by("pk")}
    people = dict(Person.objects.filter(pk__in={person for person, _i in scores}).values_list("pk", "name"))
    indicators = dict(Indicator.objects.filter(pk__in={indicator for _p, indicator in scores}).values_list("pk", "name"))
    changed = 0
    for (person_id, indicator_id), score in scores.items():
        row = present.get((person_id, indicator_id))
        before = row.score if row else None
        if before == score:
            continue
        changed += 1
        about = {"quarter": quarter.starts_on, "person": people.get(person_id), "indicator": indicators.get(indicator_id)}
        if score is None:
            record("reports.score.withdrawn", about=row, by=by, before=about | {"score": before})
            row.delete()
            continue
        row, _is_new = ManualScore.objects.update_or_create(
            indicator_id=indicator_id,
            person_id=person_id,
            quarter_starts_on=quarter.starts_on,
            defaults={"score": score, "given_by": by},
        )
        record("reports.score.given", about=row, by=by, before={"score": before}, after=about | {"score": score})
    return changed


def _give_remarks(quarter, remarks, by):
    stored = Remark.objects.filter(quarter_starts_on=quarter.starts_on, person_id__in=set(remarks))
    present = {r.person_id: r for r in stored.select_for_update(of=("self",)).order_by("pk")}
    changed = 0
    for person_id, text in remarks.items():
        row, text = present.get(person_id), text.strip()
        if (row.text if row else "") == text:
            continue
        changed += 1
        if not text:
            record("reports.remark.withdrawn", about=row, by=by, before={"text": row.text})
            row.delete()
            continue
        before = row.text if row else ""
        row, _is_new = Remark.objects.update_or_create(
            person_id=person_id, quarter_starts_on=quarter.starts_on, defaults={"text": text, "given_by": by}
        )
        record("reports.remark.given", about=row, by=by, before={"text": before}, after={"text": text})
    return changed


def _is_score(score):
    return score.is_finite() and 0 <= score <= HIGHEST_SCORE and score == round(score, 1)


@transaction.atomic
def keep_workbook(*, quarter, unit, file_name, content, people, client_ref, by):
    """Keep a workbook as it is handed out; the same `client_ref` again gives the one that was kept."""
    if made := made_before(AssessmentExport.objects, client_ref):
        return made
    export = AssessmentExport.objects.create(
        quarter_starts_on=quarter.starts_on,
        unit=unit,
        file_name=file_name,
        content=content,
        people=people,
        client_ref=client_ref,
        created_by=by,
    )
    record("reports.workbook.made", about=export, by=by, after={"people": people, "unit": str(unit)})
    return export


@transaction.atomic
def ask_for_workbook(*, quarter, unit, client_ref, language, by):
    """
    Have a workbook made in the background; while the same one is being made for the same user, that is the one.

    :param language: in which it is to be written.
    """
    about = {"quarter": quarter.starts_on.isoformat(), "unit": unit.pk}
    for job in workbooks_under_way(by=by).order_by("pk"):
        if about.items() <= job.arguments.items():
            return job
    arguments = about | {"client_ref": str(client_ref) if client_ref else None, "language": language}
    job = jobs.enqueue(WORKBOOK_JOB, arguments=arguments, key=f"{about['quarter']} {unit.pk} {by.pk}", by=by)
    record("reports.workbook.started", about=unit, by=by, after=about)
    return job
