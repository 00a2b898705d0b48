"""
Filling a table whose rows and columns must both add up, as near as possible to what it would be without that.

Weights say how each row would like to be divided; they are fitted to the sums of rows and columns by turns (iterative
proportional fitting: W. E. Deming, F. F. Stephan, Annals of Mathematical Statistics 11, 1940), in whole numbers of about a
millionth of the rounding unit, so that the order of rows and columns decides nothing. What the rounds leave is poured in
along shortest paths, so that a table that can be filled is filled; then every cell is rounded up or down
(``round_grid``). Amounts are integers in minor units.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from fractions import Fraction

from common.money import Weight
from targets.rules.splitting import place_below_unit, round_grid

#: How finely cells are fitted before they are rounded: parts of a rounding unit.
SCALE = 2**20
#: When no round changes anything that a rounding could see, earlier.
ROUNDS = 60


class NoRoom(Exception):
    """
    The kept cells leave no way to fill the table.

    :ivar cells: (row, column) of the kept cells in the way; empty where a sum is negative of itself.
    :ivar amount: by how much, in minor units.
    """

    def __init__(self, cells, amount):
        super().__init__(f"{amount} has no room beside {len(cells)} cells")
        self.cells, self.amount = tuple(cells), amount


def fit_table(
    row_totals: Sequence[int],
    column_totals: Sequence[int],
    weights: Sequence[Sequence[Weight]],
    kept: Mapping[tuple[int, int], int] | None = None,
    unit: int = 1,
) -> list[list[int]]:
    """
    Return cells ≥ 0 that add up to the given rows and columns, in proportion to weights as far as these sums allow.

    Cells are whole multiples of the unit, but for what the sums have below it; if kept cells are in the way of that, in
    single minor units. A row without any weight is divided as the others are together; a column takes from all rows alike.

    :param weights: a row of weights ≥ 0 for each row.
    :param kept: (row, column) → the amount that stays there.
    :raises ValueError: if rows and columns differ in total.
    :raises NoRoom: if what is kept leaves the rest nowhere to go.
    """
    kept = kept or {}
    if sum(row_totals) != sum(column_totals):
        raise ValueError(f"Rows add up to {sum(row_totals)}, columns to {sum(column_totals)}")
    rows, columns = _beside(kept, row_totals, column_totals)
    grid = [[kept.get((i, j), 0) for j in range(len(columns))] for i in range(len(rows))]
    if not any(rows):
        return grid
    unit = _settle_below_unit(grid, rows, columns, unit, kept)
    free = [[(i, j) not in kept for j in range(len(columns))] for i in range(len(rows))]
    wanted = [row // unit * SCALE for row in rows], [column // unit * SCALE for column in columns]
    cells = _fitted(*wanted, _seeds(weights, *wanted, free))
    if blocked := _pour(cells, *wanted, free):
        stuck, amount = blocked
        raise NoRoom(stuck, amount * unit // SCALE)
    for row, counts in enumerate(round_grid([[Fraction(cell, SCALE) for cell in row] for row in cells])):
        for column, count in enumerate(counts):
            grid[row][column] += count * unit
    return grid


def _beside(kept, row_totals, column_totals):
    """Return what the sums have beside the kept cells."""
    rows, columns = list(row_totals), list(column_totals)
    for (row, column), amount in kept.items():
        rows[row] -= amount
        columns[column] -= amount
    for position, line in ((0, rows), (1, columns)):
        for index, amount in enumerate(line):
            if amount < 0:
                raise NoRoom([cell for cell in kept if cell[position] == index and kept[cell]], -amount)
    return rows, columns


def _settle_below_unit(grid, rows, columns, unit, kept):
    """Place what is no multiple of the unit; return the unit that the rest can be filled with."""
    tried, row_rest, column_rest = [list(row) for row in grid], list(rows), list(columns)
    place_below_unit(tried, row_rest, column_rest, unit, kept)
    if min(row_rest + column_rest) < 0 or any(amount % unit for amount in row_rest + column_rest):
        return 1
    grid[:], rows[:], columns[:] = tried, row_rest, column_rest
    return unit


def _seeds(weights, rows, columns, free):
    """Return how each row would be divided by itself, in whole numbers; without any weight it goes as the others do together."""
    seeds = []
    for total, given, mays in zip(rows, weights, free, strict=True):
        exact = [Fraction(w) if may and column else Fraction(0) for w, may, column in zip(given, mays, columns, strict=True)]
        whole = sum(exact)
        # A weight that is small is still more than none.
        seeds.append([max(1, int(total * weight / whole)) if weight and total else 0 for weight in exact])
    together = [sum(row[j] for row in seeds) or column for j, column in enumerate(columns)]
    for i, row in enumerate(seeds):
        if rows[i] and not any(row):
            seeds[i] = [amount if may else 0 for amount, may in zip(together, free[i], strict=True)]
    # A column that nobody has a weight for takes from all rows alike.
    for j, column in enumerate(columns):
        if column and not any(row[j] for row in seeds):
            for i, row in enumerate(seeds):
                row[j] = rows[i] if free[i][j] else 0
    return seeds


def _fitted(rows, columns, cells):
    """Fit cells to both margins by turns, never beyond either of them."""
    for _round in range(ROUNDS):
        cells = [_scaled(row, total) for row, total in zip(cells, rows, strict=True)]
        cells = _columns_of(_scaled(column, total) for column, total in zip(_columns_of(cells), columns, strict=True))
        if all(abs(sum(row) - total) * 64 < SCALE for row, total in zip(cells, rows, strict=True)):
            break
    return [_scaled(row, min(total, sum(row))) for row, total in zip(cells, rows, strict=True)]


def _scaled(line, total):
    whole = sum(line)
    return [part * total // whole for part in line] if whole else line


def _columns_of(cells):
    return [list(column) for column in zip(*cells, strict=True)]


def _pour(cells, rows, columns, free):
    """
    Pour what is missing to both margins into cells, first where there is something already; None when all is in.

    Otherwise return the kept cells in the way and the amount.
    """
    row_left = [total - sum(row) for row, total in zip(cells, rows, strict=True)]
    column_left = [total - sum(column) for column, total in zip(_columns_of(cells), columns, strict=True)]
    for allowed in ([[bool(cell) for cell in row] for row in cells], free):
        for start in range(len(rows)):
            while row_left[start]:
                end, reached_from, _seen = _search(start, cells, allowed, column_left)
                if end is None:
                    break
                amount = _push(cells, _path_to(end, reached_from), min(row_left[start], column_left[end]))
                row_left[start] -= amount
                column_left[end] -= amount
    for start in range(len(rows)):
        if row_left[start]:
            _end, reached_from, seen = _search(start, cells, free, column_left)
            stuck = [(i, j) for i in sorted(seen) for j in range(len(columns)) if j not in reached_from and not free[i][j]]
            return stuck, sum(row_left[i] for i in seen)
    return None


def _search(start, cells, allowed, column_left):
    """Return the nearest column with room, how each column was reached (row, column that row gave up), and the rows seen."""
    reached_from, queue, seen = {}, deque([(start, None)]), {start}
    while queue:
        row, given_up = queue.popleft()
        for column, may in enumerate(allowed[row]):
            if not may or column in reached_from:
                continue
            reached_from[column] = (row, given_up)
            if column_left[column]:
                return column, reached_from, seen
            for other, line in enumerate(cells):
                if line[column] and allowed[other][column] and other not in seen:
                    seen.add(other)
                    queue.append((other, column))
    return None, reached_from, seen


def _path_to(column, reached_from):
    """Return the steps back from a column: (row, the column that takes, the column that gives or None)."""
    path = []
    while column is not None:
        row, given_up = reached_from[column]
        path.append((row, column, given_up))
        column = given_up
    return path


def _push(cells, path, most):
    """Move as much as fits along a path: each row on it gives one column less and another more; return how much."""
    amount = min(most, *(cells[row][given_up] for row, _column, given_up in path if given_up is not None), most)
    for row, column, given_up in path:
        cells[row][column] += amount
        if given_up is not None:
            cells[row][given_up] -= amount
    return amount
