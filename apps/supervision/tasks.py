"""Jobs of this room."""

from __future__ import annotations

from celery import shared_task

from apps.supervision import services


@shared_task(name="supervision.derive_timeliness")
def derive_timeliness() -> None:
    """Bring back stages that are due, then raise and clear flags, in every round; safe late, twice, or in two workers at once."""
    services.derive_timeliness()


@shared_task(name="supervision.build_digests")
def build_digests() -> None:
    """Make the day's digests, once a person or channel and working day; safe late, twice, or in two workers at once."""
    services.build_digests()


@shared_task(name="supervision.send_digests")
def send_digests() -> None:
    """Send what is due. Each delivery is claimed by one worker before it leaves, and none is sent twice by itself."""
    services.send_due()
