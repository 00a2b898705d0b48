"""
The one way out: a short message to another service, over HTTPS.

Nothing is followed where the service sends one elsewhere, and whoever calls names the host from a list of its own: an address
that people typed is never asked.
"""

import json
import ssl
from http.client import HTTPException, HTTPSConnection

TIMEOUT_SECONDS = 5
MOST_ANSWERED = 10_000


class NotSent(Exception):
    """It did not leave: the service could not be reached. It can be tried again."""


class Unclear(Exception):
    """It left, and no answer came: nobody knows whether it arrived."""


def post_json(host, path, body):
    """
    Send a body; return the answer's status and what it says, `{}` for what is no JSON object.

    :raises NotSent, Unclear:
    """
    link = HTTPSConnection(host, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    try:
        try:
            link.connect()
        except OSError as error:
            raise NotSent(type(error).__name__) from error
        try:
            link.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})
            response = link.getresponse()
            content = response.read(MOST_ANSWERED)
        except (OSError, HTTPException) as error:
            raise Unclear(type(error).__name__) from error
    finally:
        link.close()
    try:
        said = json.loads(content)
    except ValueError:
        said = {}
    return response.status, said if isinstance(said, dict) else {}
