"""The door to the search."""

from django.shortcuts import render

from reports.search import find


def search(request):
    """Find people, customers, deals and pages."""
    query = request.GET.get("q", "")
    groups = find(query, membership=request.membership, sight=request.sight)
    template = "reports/_partials/palette_results.html" if request.htmx else "reports/search.html"
    return render(request, template, {"groups": groups, "q": query})
