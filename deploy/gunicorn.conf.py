"""How gunicorn runs, here and in production; WEB_CONCURRENCY sets the number of processes."""

from __future__ import annotations

import os

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
