"""How a file's columns become the values of a row: plain values in, plain values out."""

import hashlib
import json
import re

from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal

_PLACE = re.compile(r"\{([^{}]+)\}")
_PARTS = {"column", "value", "template", "replace", "because"}


class BadMapping(Refusal):
    """Columns that cannot be matched as it was asked."""

    sentences = {
        "no_such_column": _("The file has no column “%(column)s”."),
        "no_such_field": _("There is nothing called “%(field)s” to match."),
        "missing": _("Not matched, but needed: %(fields)s."),
        "malformed": _("The entry for “%(field)s” cannot be understood."),
        "nothing": _("No column is matched."),
    }


def normal_mapping(given, *, columns, fields):
    """
    Return a mapping in its full form, checked against the file's columns.

    :param given: field key → a column's name, or a dict with one of `column`, `value` (the same for every row) and `template`
        (text with `{column}` in it), and if wanted `replace` (given → taken) with `because`.
    :param fields: what can be matched (`common.intake.Field`).
    :raises BadMapping: an unknown column or field, a malformed entry, a needed field without a source.
    """
    known = {field.key: field for field in fields}
    normal = {}
    for key, source in given.items():
        if key not in known:
            raise BadMapping("no_such_field", field=key)
        source = {"column": source} if isinstance(source, str) else source
        if not _is_well_formed(source):
            raise BadMapping("malformed", field=key)
        for column in _columns_of(source):
            if column not in columns:
                raise BadMapping("no_such_column", column=column)
        normal[key] = source
    if not normal:
        raise BadMapping("nothing")
    if missing := [str(field.label) for field in fields if field.is_required and field.key not in normal]:
        raise BadMapping("missing", fields=", ".join(missing))
    return normal


def value_of(source, cells):
    """
    Return what a source says for a row, and what was written before it was replaced (None if it was not).

    :param source: one entry of a normal mapping.
    :param cells: column → text.
    """
    if "value" in source:
        return source["value"], None
    if "template" in source:
        columns = _PLACE.findall(source["template"])
        if not any(cells.get(column) for column in columns):
            return "", None
        return _PLACE.sub(lambda match: cells.get(match[1], "") or "–", source["template"]), None
    given = cells.get(source["column"], "")
    replaced = source.get("replace", {}).get(given)
    return (given, None) if replaced is None else (replaced, given)


def columns_hash(columns):
    """Return what tells one set of columns from another, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(columns), ensure_ascii=False).encode()).hexdigest()


def used_columns(mapping):
    """Return the columns that a normal mapping reads."""
    return {column for source in mapping.values() for column in _columns_of(source)}


def _columns_of(source):
    if "column" in source:
        return [source["column"]]
    return _PLACE.findall(source["template"]) if "template" in source else []


def _is_well_formed(source):
    if not isinstance(source, dict) or source.keys() - _PARTS or len({"column", "value", "template"} & source.keys()) != 1:
        return False
    texts = [source[part] for part in ("column", "value", "template", "because") if part in source]
    replace = source.get("replace", {})
    return (
        all(isinstance(text, str) and text for text in texts)
        and isinstance(replace, dict)
        and all(isinstance(text, str) for pair in replace.items() for text in pair)
    )
