"""Whether a cell of a list says what the ledger has."""

from __future__ import annotations

import re
from typing import Any

from apps.measures.importing.rows import COUNTED
from apps.measures.importing.splitting import without_number
from apps.measures.papers.sheets import CUT as PRINTED_CUT

UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff\ufffe\uffff]+")
CUT = re.sub(r"\s+", "", PRINTED_CUT)


def _as_words(value: Any) -> str:
    """Values as they are compared: blanks, line ends and characters that no cell can hold do not matter."""
    return UNSEEN.sub("", str(value))


def is_said(before: Any, given: Any) -> bool:
    """Whether a cell says what the ledger has: the same words, the words without what reading takes away (1.…, …（共3个问题）), or as many
    of them as a printed list has room for."""
    old, new = _as_words(before), _as_words(given)
    if new.endswith(CUT):
        return old.startswith(new.removesuffix(CUT))
    return new in (old, _as_words(without_number(str(before).strip())), _as_words(COUNTED.sub("", str(before))))
