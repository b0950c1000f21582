"""One event, one line: time, level, logger, message; a traceback is folded into the line, a forged line break cannot start one."""

from __future__ import annotations

import logging
import re

SECRET_PATH = re.compile(r"(/wall/)[^/\s?#\"']+")
"""The address of a screen is the key to it (supervision.ScreenLink), so no log keeps it."""


def masked(line: str) -> str:
    return SECRET_PATH.sub(r"\1***", line)


class LineFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record)).replace("\r", "\\r").replace("\n", "\\n")
