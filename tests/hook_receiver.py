"""A receiver of hooks on this machine: keeps what came in, answers what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """``status`` and ``headers`` of the next answers; ``got``: headers and body of each call."""

    address: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept.got.append((dict(self.headers.items()), body))
            self.send_response(kept.status)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.address = f"http://127.0.0.1:{server.server_address[1]}/hook?from=jiandi"
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        worker.join()


def receiving_here(settings: Any) -> Iterator[Receiver]:
    """A fixture: the receiver is on this machine, which only this setting allows."""
    settings.CHANNEL_PRIVATE_HOSTS = True
    with receiving() as found:
        yield found
