"""Processes that live and end together, each with all of its children."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

GRACE = 15.0
TICK = 0.1


class Group:
    """Named child processes. Each leads a process group of its own, so that its children can be ended with it."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stops: dict[str, signal.Signals] = {}

    def start(  # a process has this many facts
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        output: IO[bytes] | None = None,
        user: int | None = None,
        stop: signal.Signals = signal.SIGTERM,
    ) -> subprocess.Popen[bytes]:
        """``user``: the account to run as when we are root. ``stop``: the signal that asks this program to end orderly."""
        self.stops[name] = stop
        self.children[name] = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=user,
        )
        return self.children[name]

    def first_ended(self) -> str | None:
        return next((name for name, child in self.children.items() if child.poll() is not None), None)

    def watch(self) -> str:
        """Wait until one child has ended; its name."""
        while (ended := self.first_ended()) is None:
            time.sleep(TICK)
        return ended

    def end(self, grace: float = GRACE) -> None:
        """Ask every child to end, wait, then kill what is left of its group. Further interrupts are ignored meanwhile."""
        before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        for name, child in self.children.items():
            if child.poll() is None:
                child.send_signal(self.stops[name])
        deadline = time.monotonic() + grace
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
            # macOS answers EPERM, Linux ESRCH, for a group that is gone.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.children.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
