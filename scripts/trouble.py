"""An error that is said in one line, without a traceback."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

INTERRUPTED = 130


class Trouble(Exception):
    """What is wrong and what to do about it, in one line."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def ending_orderly(main: Callable[[], int]) -> int:
    """Run ``main``; SIGTERM and a closed terminal end it as Ctrl-C does, so that every ``finally`` is reached."""
    # A script's background jobs inherit SIGINT as ignored; and nohup's wish is respected.
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        return main()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断。", file=sys.stderr)
        return INTERRUPTED
