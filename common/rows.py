"""
Instances of several models out of one statement: `SELECT NULL AS "|", member.*, NULL AS "|", company.* FROM …`.

For what every request reads: to put a queryset together anew costs more than the statement itself.
"""


def instances_of(cursor, row, *models):
    """Return one instance of each model from a row; a column `|` stands before the columns of each."""
    parts = []
    for column, value in zip(cursor.description, row, strict=True):
        if column.name == "|":
            parts.append({})
        elif parts:
            parts[-1][column.name] = value
    return [_instance(model, given) for model, given in zip(models, parts, strict=True)]


def _instance(model, given):
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db("default", names, [given[name] for name in names])
