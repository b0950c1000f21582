"""Jobs of this room."""

from __future__ import annotations

from apps.supervision import services
from apps.supervision.jobs import Facts, hourly, job


@job("supervision.derive_timeliness", label="更新提示（临期、逾期等）", due=hourly(minute=5))
def derive_timeliness() -> Facts:
    """Bring back stages that are due, then raise and clear flags, in every round; safe late, twice, or in two workers at once."""
    done = services.derive_timeliness()
    return {"raised": sum(one.raised + one.reopened for one in done), "cleared": sum(one.cleared for one in done)}


@job("supervision.propose_escalations", label="建议升级督查单", due=hourly(minute=10))
def propose_escalations() -> Facts:
    """Propose the next level for letters whose day to answer has passed; safe late, twice, or in two workers at once."""
    return {"proposed": services.propose_escalations()}
