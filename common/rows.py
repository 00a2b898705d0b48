"""
Instances of several models out of one statement: `SELECT NULL AS "|", {columns_of(Member, "member")}, NULL AS "|", … FROM …`.

For what every request reads: to put a queryset together anew costs more than the statement itself.
"""


def columns_of(model, name):
    """Return the columns of a model for a statement that calls its table `name`; later ones do not disturb a prepared one."""
    return ", ".join(f'{name}."{field.column}"' for field in model._meta.concrete_fields)


def instances_of(cursor, row, *models, using="default"):
    """Return one instance of each model from a row; a column `|` stands before the columns of each."""
    parts = []
    for column, value in zip(cursor.description, row, strict=True):
        if column.name == "|":
            parts.append({})
        elif parts:
            parts[-1][column.name] = value
    return [_instance(model, given, using) for model, given in zip(models, parts, strict=True)]


def _instance(model, given, using):
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(using, names, [given[name] for name in names])
