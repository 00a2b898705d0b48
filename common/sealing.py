"""Secrets that have to be kept readable for the program and for nobody who reads the database or a backup of it."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(ValueError):
    """What was sealed under another key of the installation, or is damaged."""


def seal(text):
    """Return a text so that only an installation with the same key reads it again; nothing stays nothing."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def unseal(sealed):
    """
    Return what was sealed.

    :raises Unreadable: if the key of the installation is another one now.
    """
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _keys():
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(b"common.sealing" + key.encode()).digest())) for key in keys])
