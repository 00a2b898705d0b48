"""Who the signed-in member is in the organisation, and whom they see."""

from django.utils import timezone

from teams import queries


class PersonMiddleware:
    """
    Set `request.person` (None outside a company, or for members who are not part of the organisation) and
    `request.sight`, what the member sees today.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.person = request.sight = None
        if request.membership:
            request.person, request.sight = queries.person_and_sight(membership=request.membership, on=timezone.localdate())
        return self.get_response(request)
