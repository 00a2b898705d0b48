"""
The product, forgetting before every request each page and each body of one that it has drawn.

So every answer is what a member gets who looks for the first time since something on the page has changed. What any page has
in common with others – its head, the navigation, rows of a list that are still the same – stays drawn (docs/adr/0015).
"""

from common.again import pages
from common.templatetags import keeping
from salesforce_mgmt.wsgi import application as product


def application(environ, start_response):
    """Answer as a WSGI application."""
    pages.clear()
    keeping._drawn.clear()  # noqa: SLF001 - nobody else has a reason to
    return product(environ, start_response)
