"""Finding SQL that is put together from anything but the program's own text."""

import ast
from functools import cache

from tests.guards.source import ROOT

#: Calls that take SQL, by the position of the SQL among their arguments.
TAKES_SQL = {"execute": 0, "executemany": 0, "raw": 0, "RawSQL": 0, "RunSQL": 0, "extra": None, "execute_values": 1, "SQL": 0}
TAKES_SQL["prepared"] = 0


class Scope:
    """What a name can hold in one module: every expression assigned to it, every argument passed for it."""

    def __init__(self, tree):
        self.assigned, self.parameters, self.calls, self.imported = {}, {}, {}, {}
        for node in ast.walk(tree):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value)
                ):
                    self.assigned.setdefault(name, []).append(value)
                case ast.AugAssign(target=ast.Name(id=name), value=value):
                    self.assigned.setdefault(name, []).append(value)
                case ast.For(target=ast.Tuple(elts=names), iter=ast.Tuple(elts=rows)):
                    for row in rows:
                        for target, value in zip(names, getattr(row, "elts", ()), strict=False):
                            self.assigned.setdefault(getattr(target, "id", ""), []).append(value)
                case ast.comprehension(
                    target=ast.Tuple(elts=[_key, ast.Name(id=name)]),
                    iter=ast.Call(func=ast.Attribute(attr="items", value=rows)),
                ):
                    self.assigned.setdefault(name, []).append(rows)
                case ast.ImportFrom(module=module, names=names):
                    self.imported |= {alias.asname or alias.name: (module, alias.name) for alias in names}
                case ast.FunctionDef(name=name, args=arguments):
                    for position, argument in enumerate([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]):
                        self.parameters.setdefault(argument.arg, []).append((name, position))
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                    self.calls.setdefault(name, []).append(node)

    def is_own_text(self, node, *, seen=frozenset()):
        """Return whether an expression can only be text that stands in this module."""
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=parts):
                return all(self.is_own_text(part, seen=seen) for part in parts)
            case ast.FormattedValue(value=value):
                return self.is_own_text(value, seen=seen)
            case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
                return self.is_own_text(left, seen=seen) and self.is_own_text(right, seen=seen)
            case ast.Tuple(elts=values) | ast.List(elts=values) | ast.Dict(values=values):
                return all(self.is_own_text(value, seen=seen) for value in values)
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_own_text(body, seen=seen) and self.is_own_text(orelse, seen=seen)
            # The names of a model's columns; a statement of our own, to be prepared.
            case ast.Call(func=ast.Name(id="columns_of")):
                return True
            case ast.Call(func=ast.Name(id="prepared"), args=values):
                return all(self.is_own_text(value, seen=seen) for value in values)
            case ast.Subscript(value=value) | ast.DictComp(value=value):
                return self.is_own_text(value, seen=seen)
            case ast.Name(id=name):
                return name in seen or self._is_own_name(name, seen | {name})
        return False

    def _is_own_name(self, name, seen):
        if name in self.imported:
            module, original = self.imported[name]
            there = _scope_of(module)
            return there is not None and there.is_own_text(ast.Name(id=original))
        given = list(self.assigned.get(name, ()))
        for function, position in self.parameters.get(name, ()):
            given += [self._argument(call, name, position) for call in self.calls.get(function, ())]
        return bool(given) and all(value is not None and self.is_own_text(value, seen=seen) for value in given)

    @staticmethod
    def _argument(call, name, position):
        named = [keyword.value for keyword in call.keywords if keyword.arg == name]
        return named[0] if named else call.args[position] if position < len(call.args) else None


@cache
def _scope_of(module):
    """The scope of one of our own modules, by its dotted name."""
    path = ROOT / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return Scope(ast.parse(path.read_text())) if path.exists() else None


def built_sql(module):
    """Yield `path:line` of every statement that is not plainly the program's own text."""
    scope = Scope(module.tree)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name not in TAKES_SQL:
            continue
        position = TAKES_SQL[name]
        if position is None or len(node.args) > position and not scope.is_own_text(node.args[position]):
            yield f"{module.path}:{node.lineno}"
