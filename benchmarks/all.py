"""
Every measurement, one after the other, as one table for the README.

    bin/dev python benchmarks/all.py            the sizes of the table; about an hour on two cores that do nothing else
    bin/dev python benchmarks/all.py --small    a few minutes, to see that everything still runs; says nothing about speed
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import day, many, messaging, night, pages, pay, ranking, rollup, statement, workbench
from benchmarks.ground import as_table, describe_machine, measured, say, set_up_django

#: What is measured in one database: companies, people and deals each, pairs, and what. The large sizes, then the small ones.
SCENES = (
    ((100, 100, 10_000, 5), (3, 40, 400, 1), (rollup, night, day)),
    ((1000, 20, 200, 5), (5, 20, 100, 1), (messaging,)),
    ((1, 100_000, 200_000, 5), (1, 300, 600, 1), (ranking,)),
    ((10, 100, 10_000, 7), (2, 60, 400, 1), (pages,)),
    ((1, 2000, 100_000, 5), (1, 40, 400, 1), (pay,)),
    ((1, 200, 10_000, 15), (1, 40, 400, 1), (workbench,)),
    ((1, 200, 1000, 60), (1, 40, 100, 1), (statement,)),
)


def main():
    given = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    given.add_argument("--small", action="store_true")
    is_small = given.parse_args().small
    set_up_django()
    rows = []
    for large, small, modules in SCENES:
        companies, people, deals, pairs = small if is_small else large
        rows += measured([module.measure for module in modules], companies, people, deals, pairs)
    # Two databases: few companies, many, people and deals each, pairs.
    rows += many.measured(*((2, 5, 60, 200, 1) if is_small else (10, 1000, 60, 200, 7)))
    say(f"\nOn {describe_machine()}\n\n{as_table(rows)}")
    return 0 if is_small or all(row.is_kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
