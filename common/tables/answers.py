"""A table as the answer to a request."""

from urllib.parse import quote

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.questions import Question
from common.tables.writing import write_csv, write_workbook
from common.templatetags.pages import query_string

#: More rows than this take longer than somebody waits for a page.
MOST_ROWS = 20_000
_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


def table_response(request, columns, rows, *, name):
    """
    Return the rows of a list as the file that `?as=xlsx` or `?as=csv` asks for; too many lead back to the list with a word.

    :param rows: a queryset, a `Question` or a sequence.
    :param name: the file's name without its ending, in the reader's language.
    """
    kind = request.GET["as"]
    if kind not in _TYPES:
        raise Http404
    if (count := rows.count() if isinstance(rows, QuerySet | Question) else len(rows)) > MOST_ROWS:
        text = _("%(count)s rows are too many for one file; filter the list to at most %(most)s.")
        messages.warning(request, text % {"count": f"{count:,}", "most": f"{MOST_ROWS:,}"})
        return redirect(request.path + query_string(request.GET, **{"as": None}))
    body = write_workbook(columns, rows, name=name) if kind == "xlsx" else write_csv(columns, rows)
    response = HttpResponse(body, content_type=_TYPES[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{kind}"
    return response
