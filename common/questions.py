"""
Questions of lists whose statement is put together once.

What Django makes of a queryset, and what the server makes of that, costs several times what reading fifty rows costs. Both
follow from the question alone: what narrows and sorts the list, who asks, the company, the day. From the second time that it
is asked a question is therefore kept as a statement with all its values in it, which each connection prepares. Kept is only
the asking, never an answer (docs/adr/0035).
"""

from collections import OrderedDict
from contextlib import contextmanager
from copy import copy
from threading import Lock

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Model
from django.utils import timezone
from django.utils.translation import get_language

from common.active import active_company_id
from common.db.postgres.prepared import with_values

#: So many questions are remembered by a process; the one that was not asked for the longest goes first.
MOST = 400
#: What is remembered of a question besides its statement: that it was asked once, or that no statement says it.
_ONCE, _NEVER = "once", "never"


class _Kept(OrderedDict):
    """What is remembered by question."""

    def __init__(self):
        super().__init__()
        self._lock = Lock()

    def found(self, key):
        with self._lock:
            if key in self:
                self.move_to_end(key)
            return self.get(key)

    def keep(self, key, what):
        with self._lock:
            self[key] = what
            if len(self) > MOST:
                self.popitem(last=False)


kept = _Kept()


class Question:
    """
    A list of rows as a page asks for it: iterated, cut, counted and summed like the queryset that it stands for.

    :param name: what is asked, different for each place that asks.
    :param given: everything that the queryset follows from besides the company, the day, the time zone and the language, as
        values that can be hashed; where it is None or has a row in it, the queryset is put together each time.
    :param rows: a function that returns the queryset. Where it reads anything itself, nothing is kept.
    :ivar key: what the question is told apart by; None where it is put together each time.
    """

    def __init__(self, name, given, rows):
        around = active_company_id(), timezone.localdate(), timezone.get_current_timezone_name(), get_language()
        self.key = (name, around, given) if given is not None and _can_be_told_apart(given) else None
        self._rows, self._made = rows, None

    def then(self, name, step):
        """Return the question of what a function makes of the queryset, which follows from nothing but that."""
        return _Further(self, name, step)

    def __iter__(self):
        return iter(self[:])

    def __getitem__(self, part):
        return self._answer(("rows", part.start, part.stop), lambda rows: list(rows[part]), lambda rows: _rows(rows[part]))

    def count(self):
        """Return how many rows there are."""
        return self.sums(count=Count("*"))["count"]

    def sums(self, **sums):
        """Return what `aggregate` returns; under one name the same is summed each time."""
        return self._answer(("sums", *sums), lambda rows: rows.aggregate(**sums), lambda rows: _sums(rows, sums))

    def _answer(self, form, plain, first):
        """
        Return the answer to one form of the question.

        :param plain: a function that asks a queryset.
        :param first: one that returns the statement as well, for the next time; None where there is none.
        """
        key = self.key and (*self.key, form)
        found = key and kept.found(key)
        if isinstance(found, _Rows | _Sums):
            return found.answer()
        rows, has_read = self.queryset()
        if found == _ONCE and not has_read:
            statement, answer = first(rows)
            kept.keep(key, statement or _NEVER)
            return answer
        if key and found is None:
            kept.keep(key, _NEVER if has_read else _ONCE)
        return plain(rows)

    def queryset(self):
        """Return the queryset, put together once, and whether anything was read for it."""
        if self._made is None:
            self._made = _put_together(self._rows)
        return self._made


class _Further(Question):
    """What a function makes of the rows of another question."""

    def __init__(self, of, name, step):
        self.key = of.key and (*of.key, name)
        self._of, self._step, self._made = of, step, None

    def queryset(self):
        if self._made is None:
            rows, has_read = self._of.queryset()
            further, reads = _put_together(lambda: self._step(rows))
            self._made = further, has_read or reads
        return self._made


def _put_together(rows):
    """Return the queryset that a function returns, and whether it has read anything."""
    with _noted() as sent:
        return rows(), bool(sent)


@contextmanager
def _noted():
    """Note what is sent meanwhile: gives a list of (statement, its values)."""
    sent = []

    def note(execute, sql, params, *rest):
        sent.append((sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        yield sent


def _can_be_told_apart(given):
    """Return whether values tell a question from others; rows do not, which change and stay equal."""
    if isinstance(given, tuple):
        return all(map(_can_be_told_apart, given))
    if isinstance(given, Model):
        return False
    try:
        hash(given)
    except TypeError:
        return False
    return True


def _written(sql, params):
    """Return a statement with its values in it."""
    with connection.cursor() as cursor:
        return with_values(cursor.mogrify(sql, params).decode())


def _rows(rows):
    """Return the statement of a queryset's rows, and the rows."""
    compiler = rows.query.get_compiler(using=rows.db)
    try:
        statement = _Rows(rows, compiler, _written(*compiler.as_sql()))
    except EmptyResultSet:  # Django knows that nothing passes
        return None, []
    return statement, statement.answer()


class _Rows:
    """The statement of a queryset's rows."""

    def __init__(self, rows, compiler, asked):
        self._rows, self._compiler, self._asked = rows, compiler, asked
        self._converters = self._compiler.get_converters([column[0] for column in self._compiler.select])

    def answer(self):
        compiler, rows = copy(self._compiler), self._rows.all()
        compiler.connection = connection
        compiler.as_sql = lambda: (self._asked, None)
        compiler.get_converters = lambda _columns: self._converters
        rows.query.get_compiler = lambda *_given, **_named: compiler
        return list(rows)


def _sums(rows, sums):
    """Return the statement of what is counted and summed over a queryset, and the answer."""
    with _noted() as sent:
        answer = rows.aggregate(**sums)
    return _Sums(rows, sums, _written(*sent[0])) if len(sent) == 1 else None, answer


class _Sums:
    """The statement of what is counted and summed over a queryset."""

    def __init__(self, rows, sums, asked):
        self._asked = asked
        query = rows.query.clone()
        found = [each.resolve_expression(query, allow_joins=True, summarize=True) for each in sums.values()]
        self._values = [(name, each, each.get_db_converters(connection)) for name, each in zip(sums, found, strict=True)]

    def answer(self):
        with connection.cursor() as cursor:
            cursor.execute(self._asked)
            row = cursor.fetchone()
        answer = {}
        for (name, sum_of, converters), value in zip(self._values, row, strict=True):
            for convert in converters:
                value = convert(value, sum_of, connection)
            answer[name] = value
        return answer
