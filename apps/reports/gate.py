"""What stands before the public's form: a token that each form carries, a proof of work, and a question for those without JavaScript.

The token is signed by the site, says when the form was made, and names it by a nonce. Everything hangs on the nonce: the challenge that
was solved (ALTCHA), the answer to the question, the one row that can come of it and the query code. So a solved challenge is good for
one form, and one form for one row, whatever the cache has forgotten (the database keeps the nonce's hash unique).

There is no cookie on the public pages, so the form has no CSRF token. It needs none: the post acts for nobody. The view never asks who is
signed in, and a page of another site could do no more with a reader's browser than its own server could do without (decision 28).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import struct
import time
import unicodedata
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import altcha
from django.core import signing

from apps.units.encryption import key_of

SALT = "reports.feedback.form"
YOUNGEST, OLDEST = 3, 4 * 60 * 60
"""Seconds: faster is a machine; older, and the page is asked for anew."""
ALGORITHM, COST = "PBKDF2/SHA-256", 1000
FEWEST, SPREAD = 300, 900
"""How many keys have to be derived until the one that is wanted: about a second of a phone."""
CHALLENGE_SECONDS = 20 * 60
LONGEST_PAYLOAD = 4000
# Without what looks alike on paper: 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "ACDEFGHJKMNPRTWXY34679"
CODE_LENGTH, GROUP = 16, 4
DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Form:
    """A form that was handed out."""

    nonce: str
    made: float

    @property
    def age(self) -> float:
        return time.time() - self.made

    @property
    def token(self) -> str:
        return signing.dumps({"n": self.nonce, "t": self.made}, salt=SALT)

    @property
    def question(self) -> str:
        first, second = self._terms()
        return f"{numeral(first)}加{numeral(second)}等于多少？"

    @property
    def code(self) -> str:
        """The query code: the same for the same form, known to nobody who has only the database."""
        number = int.from_bytes(self._derived("code"), "big")
        letters = []
        for _ in range(CODE_LENGTH):
            number, letter = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[letter])
        return "".join(letters)

    def answers(self, text: str) -> bool:
        """Whether the question was answered, in digits or in words."""
        said = "".join(unicodedata.normalize("NFKC", text).split())
        return said in (str(sum(self._terms())), numeral(sum(self._terms())))

    def _terms(self) -> tuple[int, int]:
        found = self._derived("question")
        return 11 + found[0] % 29, 2 + found[1] % 8

    def _derived(self, purpose: str) -> bytes:
        return hmac.new(key_of(f"feedback {purpose}"), self.nonce.encode(), hashlib.sha256).digest()


def new_form() -> Form:
    return Form(secrets.token_urlsafe(16), time.time())


def form_of(token: str) -> Form | None:
    """The form that carries the token; None where this site did not hand it out."""
    try:
        found = signing.loads(token, salt=SALT)
        return Form(str(found["n"]), float(found["t"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


def challenge_for(form: Form) -> dict[str, Any]:
    """A puzzle for this form, as the widget asks for it."""
    made = altcha.create_challenge(
        ALGORITHM,
        COST,
        counter=FEWEST + secrets.randbelow(SPREAD),
        expires_at=int(time.time()) + CHALLENGE_SECONDS,
        data={"form": form.nonce},
        hmac_secret=key_of("altcha"),
        hmac_key_secret=key_of("altcha key"),
    )
    return dict(made.to_dict())


def is_solved(form: Form, payload: str) -> bool:
    """Whether the payload solves a challenge that this site made for this form and that is not over."""
    if len(payload) > LONGEST_PAYLOAD:
        return False
    try:
        found = altcha.verify_solution(payload, key_of("altcha"), hmac_key_secret=key_of("altcha key"))
        return bool(found.verified) and json.loads(b64decode(payload))["challenge"]["parameters"]["data"]["form"] == form.nonce
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, struct.error):
        return False


def grouped(code: str) -> str:
    """The code as it is shown: four groups of four."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def bare(code: str) -> str:
    """The code as it was typed, without what is no part of it."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", code).upper() if letter.isalnum())


def fingerprint(secret: str) -> str:
    """What is kept of a nonce or a code."""
    return hashlib.sha256(secret.encode()).hexdigest()


def numeral(number: int) -> str:
    """A number below a hundred in words."""
    tens, ones = divmod(number, 10)
    words = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return words + (DIGITS[ones] if ones or not tens else "")
