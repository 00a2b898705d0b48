"""The doors to the homes of each role and to the search."""

from django.shortcuts import render


def home(request):
    """Show the home of the member's role."""
    return render(request, "reports/home.html")


def search(request):
    """Find people, customers, deals and pages."""
    from reports.search import find

    query = request.GET.get("q", "")
    groups = find(query, membership=request.membership, sight=request.sight)
    template = "reports/_partials/palette_results.html" if request.htmx else "reports/search.html"
    return render(request, template, {"groups": groups, "q": query})
