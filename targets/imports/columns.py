"""The columns that a file of targets may have."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common import cells
from common.cells import BadField
from common.intake import Field
from targets.rules import Tier

TIER_WORDS = {
    Tier.COMMIT: ("Commit", "力争", "目标", "承诺", "target", "goal", "quota"),
    Tier.FLOOR: ("Floor", "保底", "底线", "minimum", "threshold"),
    Tier.STRETCH: ("Stretch", "冲刺", "挑战", "challenge"),
}
_CHINESE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_LABELS = (
    pgettext_lazy("month", "January"),
    pgettext_lazy("month", "February"),
    pgettext_lazy("month", "March"),
    pgettext_lazy("month", "April"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "June"),
    pgettext_lazy("month", "July"),
    pgettext_lazy("month", "August"),
    pgettext_lazy("month", "September"),
    pgettext_lazy("month", "October"),
    pgettext_lazy("month", "November"),
    pgettext_lazy("month", "December"),
)
_NUMBERED = re.compile(r"(?:(?P<year>(?:19|20)\d\d) ?(?:年|[-/. ]))? ?(?P<month>0?[1-9]|1[0-2]) ?(?:月份?)?(?:[-/.]0?1)?")
_DAY_ADDED = re.compile(r"[ T]00:00(:00)?$")


def read_month(given, company):
    """Read "2026-03", "2026年3月", "3月", "三月", "Mar 2026", "2026-03-01" as (year or None, month)."""
    text = _DAY_ADDED.sub("", " ".join(unicodedata.normalize("NFKC", given).split()))
    if match := _NUMBERED.fullmatch(text):
        return (int(match["year"]) if match["year"] else None), int(match["month"])
    year = re.search(r"(?:19|20)\d\d", text)
    word = text.replace(year[0], "") if year else text
    word = word.strip(" -/.年").casefold()
    for number, (chinese, english) in enumerate(zip(_CHINESE, _ENGLISH, strict=True), start=1):
        if word in {f"{chinese}月", f"{chinese}月份", english.casefold(), english[:3].casefold()}:
            return (int(year[0]) if year else None), number
    raise BadField("no_month", given=given[:40])


def read_year(given, company):
    """Read "2026", "2026年", "FY2026" as a number."""
    match = re.fullmatch(r"(?:FY)? ?((?:19|20)\d\d) ?(?:年|财年|年度)?", unicodedata.normalize("NFKC", given).strip(), re.I)
    if not match:
        raise BadField("no_year", given=given[:40])
    return int(match[1])


def _month_field(number):
    chinese, english = _CHINESE[number - 1], _ENGLISH[number - 1]
    aliases = (
        f"{number}月",
        f"{number:02}月",
        f"{chinese}月",
        f"{number}月份",
        english,
        english[:3],
        f"M{number}",
        f"m{number:02}",
    )
    return Field(f"m{number:02}", _LABELS[number - 1], cells.amount, aliases=aliases)


MONTH_FIELDS = tuple(_month_field(number) for number in range(1, 13))
FIELDS = (
    Field(
        "person",
        _("Person"),
        cells.text(80),
        _("Name or employee number. Without a person the row is about the unit."),
        ("人员", "姓名", "业务员", "工号", "sales_agent", "rep", "name", "employee"),
        example=_("Li Na"),
    ),
    Field(
        "unit",
        _("Unit"),
        cells.text(400),
        _("Name or path. Without a person and a unit the row is about the whole company."),
        ("组织单元", "团队", "大区", "部门", "team", "region", "unit"),
    ),
    Field(
        "metric",
        _("Metric"),
        cells.text(80),
        _("Name or code; revenue if the file does not say."),
        ("指标", "考核指标", "metric", "kpi", "measure"),
        example=_("Revenue"),
    ),
    Field(
        "year",
        _("Year"),
        read_year,
        _("The fiscal year, if the months do not say it."),
        ("年度", "年份", "财年", "fiscal year", "year"),
        example="2026",
    ),
    Field(
        "tier",
        _("Tier"),
        cells.choice(TIER_WORDS),
        _("Floor, commit or stretch, when each has a row of its own; else the commit target."),
        ("档位", "目标档位", "tier", "level"),
    ),
    *MONTH_FIELDS,
    Field("month", _("Month"), read_month, _("When each month has a row of its own."), ("月份", "月度", "month", "period")),
    Field(
        "amount",
        _("Target"),
        cells.amount,
        _("For the month of the row."),
        ("目标", "目标值", "目标金额", "力争", "commit", "target", "quota", "goal"),
    ),
    Field("floor", _("Floor"), cells.amount, _("For the month of the row."), ("保底", "保底目标", "floor")),
    Field("stretch", _("Stretch"), cells.amount, _("For the month of the row."), ("冲刺", "冲刺目标", "stretch")),
)


def guess_columns(columns):
    """Return which columns are months, whose headings may carry the year ("2026-03", "2026年3月"), and the year itself."""
    found, years = {}, set()
    for column in columns:
        try:
            year, month = read_month(column, None)
        except BadField:
            continue
        found.setdefault(f"m{month:02}", {"column": column})
        years.add(year)
    # A heading without a year ("3月") goes by the others'.
    if len(named := years - {None}) == 1:
        found["year"] = {"value": str(named.pop())}
    # One heading that happens to look like a month ("5") makes no table of months.
    return found if len(found) >= 3 else {}
