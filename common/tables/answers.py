"""A table as the answer to a request."""

from urllib.parse import quote

from django.http import Http404, HttpResponse

from common.tables.writing import write_csv, write_workbook

_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


def table_response(kind, columns, rows, *, name):
    """
    Return rows as a file to take away.

    :param kind: `xlsx` or `csv`; anything else is no such page.
    :param name: the file's name without its ending, in the reader's language.
    """
    if kind not in _TYPES:
        raise Http404
    body = write_workbook(columns, rows, name=name) if kind == "xlsx" else write_csv(columns, rows)
    response = HttpResponse(body, content_type=_TYPES[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{kind}"
    return response
