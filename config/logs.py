"""One event, one line: time, level, logger, message; a traceback is folded into the line, a forged line break cannot start one."""

from __future__ import annotations

import logging


class LineFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")
