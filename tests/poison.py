"""A job that kills the process it runs in."""

from __future__ import annotations

import os
import signal

from apps.supervision.jobs import Facts, hourly, job


@job("tests.poison", label="毒丸", due=hourly(minute=5))
def poison() -> Facts:
    """Never returns."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}
