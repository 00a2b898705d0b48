"""Watching templates at work: what they ask the database, and which names they do not know."""

import traceback
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.template import base
from django.template.context import Context

#: Filters that say what to do without a value.
PREPARED = {"default", "default_if_none"}
#: Statements that are a form's own work: a select lists its choices, a set of forms makes its forms, when it is drawn.
OF_FORMS = ("django/forms/models.py", "/forms.py", "/forms/")


class Watch:
    """What was seen: `queries` as (template, statement), `unknown` as (template, expression)."""

    def __init__(self):
        self.queries, self.unknown = set(), set()
        self.names = []

    @property
    def template(self):
        """The template at work; a layout only lends its frame to the page that fills its blocks."""
        ours = [name for name in self.names if name]
        return next((name for name in reversed(ours) if not name.startswith("_layout/")), ours[-1] if ours else "")


@contextmanager
def watched():
    """Watch every template of ours that is rendered."""
    watch = Watch()
    render, resolve = base.Template._render, base.FilterExpression.resolve

    def rendered(template, context):
        watch.names.append(_own_name(template))
        try:
            with connection.execute_wrapper(asked) if len(watch.names) == 1 else _nothing():
                return render(template, context)
        finally:
            watch.names.pop()

    def asked(execute, sql, params, many, context):
        if not any(part in frame.filename for frame in traceback.extract_stack() for part in OF_FORMS):
            watch.queries.add((watch.template, sql[:160]))
        return execute(sql, params, many, context)

    def resolved(expression, context, ignore_failures=False):
        if not ignore_failures and expression.is_var and watch.template and isinstance(context, Context):
            filters = {function.__name__ for function, _arguments in expression.filters}
            if not filters & PREPARED:
                try:
                    expression.var.resolve(context)
                except base.VariableDoesNotExist:
                    watch.unknown.add((watch.template, expression.token))
        return resolve(expression, context, ignore_failures)

    base.Template._render, base.FilterExpression.resolve = rendered, resolved
    try:
        yield watch
    finally:
        base.Template._render, base.FilterExpression.resolve = render, resolve


@contextmanager
def _nothing():
    yield


def _own_name(template):
    """Return a template's path among ours; empty for those of packages."""
    folder = Path(settings.TEMPLATES[0]["DIRS"][0])
    name = getattr(template.origin, "name", None) or ""
    return str(Path(name).relative_to(folder)) if name.startswith(str(folder)) else ""
