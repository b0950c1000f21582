"""What this room keeps encrypted, for the command that encrypts everything anew after the key of the site was changed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from apps.supervision.models import Channel, Clue, Hook
from apps.supervision.models.clues import PURPOSE as OF_A_CLUE
from apps.supervision.outgoing.addresses import PURPOSE as OF_A_CHANNEL
from apps.supervision.services.hooking import ADDRESS, SECRET

# By model: each encrypted column and what it is encrypted for.
SECRETS: dict[type[models.Model], dict[str, str]] = {
    Clue: dict.fromkeys(("summary", "outcome"), OF_A_CLUE),
    Channel: {"secret": OF_A_CHANNEL},
    Hook: {"address": ADDRESS, "secret": SECRET, "former": SECRET},
}


def drop_ended_secrets() -> None:
    """The former secret of a hook signs nothing after its day: it is not kept, and needs no key that may be gone."""
    Hook.objects.filter(former_until__lte=timezone.now()).exclude(former="").update(former="")
