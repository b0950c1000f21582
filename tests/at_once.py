"""Acts that run at the same time, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections

PATIENCE = 20
HEAD_START = 0.5


def at_once(*acts: Callable[[], object]) -> list[Exception]:
    """What went wrong in them."""
    wrong: list[Exception] = []

    def carried_out(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=carried_out, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return wrong
