"""What became of one attempt to send."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Fate(Enum):
    """RETRY: certainly not accepted, may be tried again. UNCERTAIN: handed over, and nobody knows whether it was accepted."""

    SENT = auto()
    RETRY = auto()
    REFUSED = auto()
    UNCERTAIN = auto()


@dataclass(frozen=True)
class Outcome:
    """``error`` is for a person to read: no address, no secret, no answer of the other side beyond its number."""

    fate: Fate
    error: str = ""


SENT = Outcome(Fate.SENT)
