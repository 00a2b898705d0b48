"""What the form of a new deal posts."""

from uuid import uuid4

from django.utils import timezone


def filled(shop, *lines, **given):
    """What the page's form posts: by default two boards at 90, won today."""
    rows = lines or ((shop.board.pk, "2", "90.00"),)
    fields = {
        "client_ref": str(uuid4()),
        "customer": str(shop.blue.pk),
        "status": "WON",
        "closed_on": timezone.localdate().isoformat(),
        "lines-TOTAL_FORMS": str(len(rows)),
        "lines-INITIAL_FORMS": "0",
    }
    for at, (product, quantity, price) in enumerate(rows):
        fields |= {f"lines-{at}-product": str(product), f"lines-{at}-quantity": quantity, f"lines-{at}-price": price}
    return fields | given
