"""After the key of the site was changed: everything that is kept encrypted is encrypted anew, so that the former key can be dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from apps.ledgers.services import record, sealed_book
from apps.reports.models import Act, Feedback
from apps.reports.models.feedback import PURPOSE as FROM_THE_PUBLIC
from apps.supervision.services.renewing import SECRETS as SUPERVISED
from apps.supervision.services.renewing import drop_ended_secrets
from apps.units.encryption import renewed
from apps.units.models import KeptAnswer
from apps.units.services.answers import PURPOSE as OF_AN_ANSWER

# By model: each encrypted column and what it is encrypted for.
SECRETS: dict[type[models.Model], dict[str, str]] = {
    Feedback: dict.fromkeys(("text", "contact", "answer"), FROM_THE_PUBLIC),
    **SUPERVISED,
    KeptAnswer: {"body": OF_AN_ANSWER},
}
AT_ONCE = 200


@dataclass(frozen=True)
class Renewed:
    """How many texts of each kind were encrypted anew, and how many no key reads any more: these stay as they are."""

    changed: dict[str, int]
    unreadable: dict[str, int]


@transaction.atomic
def renew_secrets() -> Renewed:
    """Encrypt with the present key what only a former one reads; the rest is not touched, so a second run changes nothing.

    One entry, in the sealed book: no other one says how much there is. A run that finds nothing to do enters nothing.
    """
    drop_ended_secrets()
    changed: Counter[str] = Counter()
    unreadable: Counter[str] = Counter()
    for model, columns in SECRETS.items():
        label = str(model._meta.verbose_name)
        for rows in _locked(model):
            touched = []
            for row in rows:
                found = {name: renewed(purpose, getattr(row, name)) for name, purpose in columns.items() if getattr(row, name)}
                fresh = {name: secret for name, secret in found.items() if secret and secret != getattr(row, name)}
                unreadable[label] += sum(secret is None for secret in found.values())
                changed[label] += len(fresh)
                for name, secret in fresh.items():
                    setattr(row, name, secret)
                touched += [row] if fresh else []
            model._default_manager.bulk_update(touched, list(columns))
    done = Renewed({label: n for label, n in changed.items() if n}, {label: n for label, n in unreadable.items() if n})
    if done.changed:
        book = sealed_book()
        payload = {"renewed": _listed(done.changed), "unreadable": _listed(done.unreadable)}
        record(book, actor=None, act=Act.RENEW_SECRETS, subject=book, payload=payload)
    return done


def _locked(model: type[models.Model]) -> Iterator[list[Any]]:
    """All rows, some at a time, each locked until the end of the transaction."""
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=keys[start : start + AT_ONCE])
        yield list(rows.order_by("pk"))


def _listed(counts: dict[str, int]) -> list[str]:
    return [f"{label} {count} 处" for label, count in counts.items()]
