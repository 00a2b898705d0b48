"""
The leaderboard of one company in a database of many companies against the same in a database of few.

    bin/dev python benchmarks/many.py [--companies 1000] [--few 10] [--people 100] [--deals 10000] [--pairs 7]

Both databases hold copies of the same company, rolled up and ranked. The page is asked for over HTTP, by one connection;
bursts of both take turns. With the sizes above the large one has ten million deals and needs half an hour and 39 GB to be made.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import as_table, describe_machine, own_database, say, set_up_django, sizes
from benchmarks.pages import LEADERBOARD, percentiles
from benchmarks.serving import PRODUCT, Visitors, server


def measured(few, companies, people, deals, pairs):
    """Make both databases and return the rows of the result."""
    with ExitStack() as open_until:
        visitors = []
        for count in (few, companies):
            name = open_until.enter_context(own_database(f"bench_{count}"))
            say(f"{count} companies of {people} people and {deals} won deals each")
            first, *_others = scene.build(companies=count, people=people, deals=deals, is_rolled_up=True)
            cookie, slug = scene.sign_in(first)
            served = open_until.enter_context(server(PRODUCT, database=name, company=first))
            visitors.append(Visitors(served, f"/{slug}/{LEADERBOARD}", cookie=cookie, count=1))
            open_until.callback(visitors[-1].leave)
        theirs, ours = visitors
        what = f"leaderboard among {companies} companies with {companies * deals} deals, against {few} with {few * deals}"
        return percentiles(what, ours, theirs, pairs, must=1.2, aim=1.05)


def main():
    size = sizes(__doc__, companies=1000, few=10, people=100, deals=10_000, pairs=7)
    set_up_django()
    rows = measured(size.few, size.companies, size.people, size.deals, size.pairs)
    say(f"\nOn {describe_machine()}\n\n{as_table(rows)}")
    return 0 if all(row.is_kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
