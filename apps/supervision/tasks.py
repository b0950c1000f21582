"""Jobs of this room."""

from __future__ import annotations

from celery import shared_task

from apps.supervision import services


@shared_task(name="supervision.derive_timeliness")
def derive_timeliness() -> None:
    """Bring back stages that are due, then raise and clear flags, in every round; safe late, twice, or in two workers at once."""
    services.derive_timeliness()


@shared_task(name="supervision.propose_escalations")
def propose_escalations() -> None:
    """Propose the next level for letters whose day to answer has passed; safe late, twice, or in two workers at once."""
    services.propose_escalations()
