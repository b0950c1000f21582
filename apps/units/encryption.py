"""What is kept encrypted at rest: addresses of channels, what the public writes. One key a purpose, made from the key of the site.

Whoever has the database alone reads nothing of it; whoever changes the site's key loses it, unless the former key is kept in
``SECRET_KEY_FALLBACKS``.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def encrypted(purpose: str, text: str) -> str:
    return _box(purpose).encrypt(text.encode()).decode()


def decrypted(purpose: str, secret: str) -> str | None:
    """The text; None where the key of the site is another than it was encrypted with, or the secret was altered."""
    try:
        return _box(purpose).decrypt(secret.encode()).decode()
    except InvalidToken:
        return None


def renewed(purpose: str, secret: str) -> str | None:
    """The same text under the key of the site as it is now; the secret itself where it is that already, None where no key reads it."""
    try:
        Fernet(_usable(purpose, settings.SECRET_KEY)).decrypt(secret.encode())
    except InvalidToken:
        pass
    else:
        return secret
    try:
        return _box(purpose).rotate(secret.encode()).decode()
    except InvalidToken:
        return None


def key_of(purpose: str, site_key: str | None = None) -> bytes:
    """32 bytes for this purpose alone: what is signed or encrypted for one is worth nothing for another."""
    return hashlib.sha256(f"jiandi: {purpose}\x00{settings.SECRET_KEY if site_key is None else site_key}".encode()).digest()


def _box(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_usable(purpose, key)) for key in keys])


def _usable(purpose: str, site_key: str) -> bytes:
    return base64.urlsafe_b64encode(key_of(purpose, site_key))
