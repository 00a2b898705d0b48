"""
The door through which a phone sends what it kept while there was no network.

Up to fifty items a request; each is saved or refused by itself, each exactly once by its `client_ref`.
"""

from django.contrib import messages
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import APIView

MOST_ITEMS = 50


class ShallowJsonParser(JSONParser):
    """JSON that is nested no deeper than anybody's phone nests it."""

    def parse(self, *args, **kwargs):
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError from error


class QueueApi(APIView):
    """
    Take queued form submissions; subclasses say which form by `form_for(request, fields)` and save by `save(request, form)`.

    Answers `{"results": [{"client_ref", "saved", "url"} or {"client_ref", "saved": false, "errors": {field: [texts]}}]}` in
    the order of the items. A refused item changes nothing and may be sent again once corrected.
    """

    parser_classes = [ShallowJsonParser]

    class Input(serializers.Serializer):
        class Item(serializers.Serializer):
            client_ref = serializers.UUIDField()
            fields = serializers.DictField()  # what the page's form would post, by field name

        is_direct = serializers.BooleanField(default=False)  # somebody waits: say on the next page what was saved
        items = Item(many=True, max_length=MOST_ITEMS, allow_empty=False)

    def post(self, request):
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        self.is_direct = given.validated_data["is_direct"]
        return Response({"results": [self._take(request, item) for item in given.validated_data["items"]]})

    def say(self, request, text, *, level=messages.SUCCESS):
        """Say something on the page that somebody who waits sees next; what is sent later is not talked about."""
        if self.is_direct:
            messages.add_message(request, level, text)

    def form_for(self, request, fields):
        """Return the page's form, filled."""
        raise NotImplementedError

    def save(self, request, form):
        """Return the address of what was saved, or None with the reasons on the form."""
        raise NotImplementedError

    def _take(self, request, item):
        ref = str(item["client_ref"])
        fields = {name: _as_text(value) for name, value in item["fields"].items()} | {"client_ref": ref}
        # JSON can spell half a sign, which no form post could bring and no database keeps.
        if unreadable := [name for name, text in fields.items() if not _is_storable(name + text)]:
            errors = {
                name if _is_storable(name) else "__all__": [_("This holds signs that cannot be kept.")] for name in unreadable
            }
            return {"client_ref": ref, "saved": False, "errors": errors}
        with transaction.atomic():
            form = self.form_for(request, fields)
            address = self.save(request, form)
        if address is None:
            return {"client_ref": ref, "saved": False, "errors": self.errors_of(form)}
        return {"client_ref": ref, "saved": True, "url": address}

    def errors_of(self, form):
        """Return why an item was refused, by field; `__all__` for the whole."""
        return {name: [str(text) for text in texts] for name, texts in form.errors.items()}


def _as_text(value):
    return "" if value is None else value if isinstance(value, str) else str(value)


def _is_storable(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
