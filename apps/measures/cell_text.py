"""What the text of a cell may be, in every workbook and CSV that leaves the house (security.md S-50)."""

from __future__ import annotations

import re
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CELL_LIMIT = 32_767
NO_CHARACTERS = re.compile("[\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold beside the control characters."""


def storable(value: Any) -> str:
    """The value as text that a cell can hold: without control characters, not longer than programs read."""
    text = "" if value is None else str(value)
    return NO_CHARACTERS.sub("", ILLEGAL_CHARACTERS_RE.sub("", text))[:CELL_LIMIT]


def is_read_as_formula(text: str) -> bool:
    """Whether a spreadsheet might take it for a formula; it is then marked with the apostrophe that spreadsheets hide."""
    return text.startswith(FORMULA_STARTS)
