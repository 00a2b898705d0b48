"""The door to the search."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from reports.search import find


@require_GET
def search(request):
    """Find people, customers, deals and pages."""
    query = request.GET.get("q", "")
    groups = find(query, membership=request.membership, sight=request.sight)
    template = "reports/_partials/palette_results.html" if request.htmx else "reports/search.html"
    return render(request, template, {"groups": groups, "q": query})
