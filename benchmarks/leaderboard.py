"""
The leaderboard page of a company against an empty signed-in page: the same layout, navigation and walls.

    bin/dev python benchmarks/leaderboard.py [--companies 1] [--people 200] [--deals 100000] [--pairs 60]

Both are asked for in this process, through every middleware, by a signed-in member; the empty page is the layout without
content. The two halves of a pair run next to each other, and take turns in going first.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import Row, pairs_of, run_alone

WARM_UP = 10
#: What is shown, and its address inside the company.
PAGES = (
    ("leaderboard, people by month", "leaderboard/?period=2026-10"),
    ("leaderboard, people by year", "leaderboard/?period=2026"),
    ("leaderboard, by attainment", "leaderboard/?period=2026-10&order=attainment"),
    ("leaderboard, a ratio", "leaderboard/?period=2026-10&metric=win_rate"),
    ("leaderboard, as published", f"leaderboard/?period=2026-10&week={scene.WEEK}"),
)
EMPTY = "empty/"


def measure(companies, pairs):
    """Time each page beside the empty one."""
    from django.test import Client

    add_empty_page()
    cookie, slug = scene.sign_in(companies[0])
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = cookie

    def get(path):
        response = client.get(f"/{slug}/{path}")
        if response.status_code != 200:
            raise SystemExit(f"{path} answered {response.status_code}")

    rows = []
    for name, path in PAGES:
        for _again in range(WARM_UP):
            get(path)
            get(EMPTY)
        statements = [scene.statements_of(slug, address, cookie) for address in (path, EMPTY)]
        found = pairs_of(lambda path=path: get(path), lambda: get(EMPTY), pairs)
        rows.append(Row(name, found, must=3.0, aim=2.0, note="{} statements against {}".format(*statements)))
    return rows


def add_empty_page():
    from django.shortcuts import render
    from django.urls import path

    from salesforce_mgmt import company_urls

    company_urls.urlpatterns.append(path(EMPTY, lambda request: render(request, "_layout/company.html")))


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=1, people=200, deals=100_000, pairs=60))
