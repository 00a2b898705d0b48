"""
The bare limit of a page, as a site of its own: session, user, one indexed SELECT, fifty rows formatted by hand.

Started with `DJANGO_SETTINGS_MODULE=benchmarks.bare_site` as the database role that row-level security does not hold; no
template, no layout, no navigation, no middleware but the two that say who is asking. Both are read as Django reads them.
"""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.utils.html import escape

from salesforce_mgmt.settings import *  # noqa: F403 - what is not said here is as in the product
from salesforce_mgmt.settings import DATABASES

DEBUG = False
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # its app refuses to start without it
]
DATABASES = {"default": DATABASES["migrator"] | {"CONN_MAX_AGE": 60, "ENGINE": "django.db.backends.postgresql"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
ROOT_URLCONF = __name__

_BOARD = """
SELECT rank() OVER (ORDER BY stored.numerator DESC), person.name, stored.numerator, stored.commit
FROM targets_attainment stored JOIN teams_person person ON person.company_id = stored.company_id AND person.id = stored.person_id
WHERE stored.company_id = %s AND stored.span = 'MONTH' AND stored.starts_on = '2026-10-01' AND stored.unit_id IS NULL
    AND stored.metric_id = (SELECT id FROM targets_metric WHERE company_id = %s AND code = 'revenue')
ORDER BY stored.numerator DESC LIMIT 50
"""


def board(request):
    """Show who sold most this month."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    company = int(os.environ["BENCH_COMPANY"])
    with connection.cursor() as cursor:
        cursor.execute(_BOARD, [company, company])
        rows = cursor.fetchall()
    lines = [
        f"<tr><td>{rank}</td><td>{escape(name)}</td><td>{amount / 100:,.2f}</td>"
        f"<td>{f'{100 * amount / commit:.1f} %' if commit else '—'}</td></tr>"
        for rank, name, amount, commit in rows
    ]
    return HttpResponse(
        f"<!doctype html><title>Board</title><h1>{escape(request.user.name)}</h1><table>{''.join(lines)}</table>"
    )


urlpatterns = [path("board/", board)]


def application(environ, start_response, made=[]):  # noqa: B006 - made at the first request, when the settings are read
    """Answer as a WSGI application."""
    if not made:
        made.append(get_wsgi_application())
    return made[0](environ, start_response)
