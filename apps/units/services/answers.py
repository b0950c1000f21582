"""Keeping what was answered to a request with an idempotency key, in the transaction of what it did: both stay or neither."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.units import encryption
from apps.units.models import KeptAnswer, User

PURPOSE = "answer of the API"


def claim_answer(*, owner: User, key: str, asked: str) -> KeptAnswer:
    """The row of that key: a new one (status 0), or the one that holds the answer. Whoever comes while the first request is being
    answered waits here for its end. What is older than a day is forgotten."""
    KeptAnswer.objects.filter(owner=owner, kept_at__lt=timezone.now() - KeptAnswer.LIFE).delete()
    return KeptAnswer.objects.get_or_create(owner=owner, key=key, defaults={"asked": asked})[0]


@transaction.atomic
def forget_answers() -> int:
    """What is older than a day is wiped, also of those who never send another request: it may hold what was shown once."""
    gone, _rows = KeptAnswer.objects.filter(kept_at__lt=timezone.now() - KeptAnswer.LIFE).delete()
    return gone


def keep_answer(*, row: KeptAnswer, status: int, tag: str, body: str) -> None:
    row.status, row.tag, row.body = status, tag, encryption.encrypted(PURPOSE, body)
    row.save(update_fields=("status", "tag", "body"))


def body_of(row: KeptAnswer) -> str | None:
    """The body as it was answered; None where the key of the site is another by now."""
    return encryption.decrypted(PURPOSE, row.body)
