"""A mail server that hangs up, refuses, or answers with what a test tells it to, and keeps what it has accepted."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

HOST = "127.0.0.1"
HOLD = 60
STAGES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "body", "dot", "answered")


class MailServer:
    """``faults``: what happens at a stage, the first one first: ``drop`` hangs up, a number is answered; then all goes well.

    ``dot``: the whole message has come and is kept, the answer is not given (``hold``: the line stays open without a word).
    ``answered``: hangs up right after the answer.
    """

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self.kept: list[EmailMessage] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._door = socket.create_server((HOST, 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def ids(self) -> list[str]:
        return [str(kept["Message-ID"]) for kept in self.kept]

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self._door.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _fault(self, stage: str) -> str:
        with self._lock:
            if self.faults and self.faults[0][0] == stage:
                return self.faults.pop(0)[1]
        return ""

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError, ConnectionError), line:
            reader = line.makefile("rb")
            if not self._say(line, "connect", "220 ready"):
                return
            while command := reader.readline():
                word = command[:4].upper().decode()
                if word in ("EHLO", "MAIL", "RCPT"):
                    if not self._say(line, word, "250 ok"):
                        return
                elif word == "DATA":
                    if not self._data(line, reader):
                        return
                else:
                    line.sendall(b"221 bye\r\n")
                    return

    def _data(self, line: socket.socket, reader: io.BufferedReader) -> bool:
        """Whether the talk goes on; a refused DATA is followed by no body."""
        refusal = self._fault("DATA")
        if refusal.isdigit():
            line.sendall(f"{refusal} no\r\n".encode())
            return True
        return not refusal and self._say(line, "DATA", "354 go on") and self._take(line, reader)

    def _take(self, line: socket.socket, reader: io.BufferedReader) -> bool:
        """The body up to the dot. Whether the talk goes on."""
        if self._fault("body"):
            line.shutdown(socket.SHUT_RDWR)
            return False
        body = b""
        while (row := reader.readline()) not in (b".\r\n", b""):
            body += row[1:] if row.startswith(b".") else row
        if row != b".\r\n":
            return False
        fault = self._fault("dot")
        if not fault.isdigit():
            with self._lock:
                self.kept.append(message_from_bytes(body, policy=policy.default))
        if fault == "hold":
            threading.Event().wait(HOLD)
        if not fault.isdigit() and fault:
            return False
        line.sendall(f"{fault or 250} said\r\n".encode())
        return not self._fault("answered")

    def _say(self, line: socket.socket, stage: str, words: str) -> bool:
        fault = self._fault(stage)
        if fault == "drop":
            return False
        line.sendall(f"{fault + ' no' if fault else words}\r\n".encode())
        return not fault or stage != "connect"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    try:
        yield server
    finally:
        server.close()


def mail_server_in_use(settings: Any) -> Iterator[MailServer]:
    """A fixture: the house sends its mail to this server."""
    with mail_server() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TLS = HOST, running.port, "none"
        settings.EMAIL_FROM, settings.EMAIL_USER = "jiandi@example.gov.cn", ""
        yield running
