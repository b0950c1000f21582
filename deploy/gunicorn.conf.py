"""How gunicorn runs, here and in production; WEB_CONCURRENCY sets the number of processes."""

from __future__ import annotations

import logging
import os
from typing import Any

from config.logs import masked

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
timeout = 60
graceful_timeout = 15
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
limit_request_line = 4094
limit_request_fields = 60
loglevel = os.environ.get("LOG_LEVEL", "INFO").lower()
control_socket_disable = True


class Masking(logging.Filter):
    """gunicorn names the address in its own words about a broken request; that of a screen is a key and stays out of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        return True


def on_starting(server: Any) -> None:
    for log in (server.log.error_log, server.log.access_log):
        log.addFilter(Masking())
