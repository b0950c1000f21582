"""One call to one receiver of hooks, by HTTPS: signed, to an address that was looked up and looked at just now, following nobody.

``Jiandi-Signature: t=<seconds>,v1=<hex>`` is HMAC-SHA256 of ``<t>.<body>`` under the secret; for a day after a rotation there are two
``v1``, the second under the former secret. The time lets the receiver refuse a call that somebody recorded and plays again.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.supervision.outgoing.places import Inside, addresses_of
from apps.units.errors import ActRefused

CONNECT_SECONDS, WHOLE_SECONDS = 5, 10
LONGEST_ADDRESS = 500
PORTS = {"https": 443, "http": 80}
FIRST_OK, FIRST_NOT_OK, FIRST_ERROR = 200, 300, 400


@dataclass(frozen=True)
class Answer:
    """What became of one call; ``error`` is for a person to read: no address, no answer of the other side beyond its number."""

    status: int | None
    milliseconds: int
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and FIRST_OK <= self.status < FIRST_NOT_OK


def read(text: str) -> SplitResult:
    """The address as it is kept; what is none, or leads inside, is refused."""
    parts = parsed(text)
    try:
        addresses_of(parts.hostname or "", parts.port or PORTS[parts.scheme])
    except Inside as inside:
        raise ActRefused("这个地址指向内部网络，不能推送；确需推送的，请系统管理员按手册放开", field="address") from inside
    except OSError as unknown:
        raise ActRefused("查不到这个地址的主机，请核对地址，或联系系统管理员检查网络", field="address") from unknown
    return parts


def parsed(text: str) -> SplitResult:
    """What can be said of an address without asking where it leads."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    schemes = ("https", "http") if settings.CHANNEL_PRIVATE_HOSTS else ("https",)
    if parts.scheme not in schemes or not parts.hostname or not text.isascii() or not text.isprintable() or " " in text:
        raise ActRefused("请填写完整的地址，如 https://example.gov.cn/hook", field="address")
    if parts.username is not None or parts.password is not None or parts.fragment or len(text) > LONGEST_ADDRESS or port == 0:
        raise ActRefused("地址里不能有用户名、密码和“#”，请核对", field="address")
    return parts


def signature(secrets: Sequence[str], body: str, at: int) -> str:
    """The header, the newest secret first."""
    signed = f"{at}.{body}".encode()
    return ",".join([f"t={at}", *(f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets)])


def post(address: str, body: str, headers: dict[str, str]) -> Answer:
    """Try once. A redirection is no delivery: it is not followed, for nobody has looked at where it leads."""
    begun = time.monotonic()
    status, error = None, ""
    try:
        status = _asked(urlsplit(address), body.encode(), headers)
        error = "" if FIRST_OK <= status < FIRST_NOT_OK else _words(status)
    except Inside:
        error = "地址指向内部网络，没有推送"
    except ssl.SSLError:
        error = "对方的证书不可信，或不支持安全连接"
    except (OSError, http.client.HTTPException) as broken:
        error = f"连不上对方，或没有按时答复（{type(broken).__name__}）"
    return Answer(status, round((time.monotonic() - begun) * 1000), error)


def _words(status: int) -> str:
    if FIRST_NOT_OK <= status < FIRST_ERROR:
        return f"对方要求转到别的地址（{status}），不跟随，请改为最终地址"
    return f"对方没有接受（{status}）"


def _asked(parts: SplitResult, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer; nothing else of it is read."""
    end = time.monotonic() + WHOLE_SECONDS
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    line = _connected(addresses_of(host, port), port, host if parts.scheme == "https" else "", end)
    # Each read may take its time; together they may not.
    watch = threading.Timer(_left(end), _hang_up, [line])
    watch.start()
    connection = http.client.HTTPConnection(host, port)
    connection.sock = line
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        named = f"[{host}]" if ":" in host else host
        named = named if port == PORTS[parts.scheme] else f"{named}:{port}"
        connection.request("POST", path, body, {"Host": named, "Connection": "close", **headers})
        return connection.getresponse().status
    finally:
        watch.cancel()
        connection.close()


def _connected(addresses: Sequence[str], port: int, host: str, end: float) -> socket.socket:
    """A line to one of these very addresses; encrypted, with the certificate checked against the name, where there is a name.

    All of it by ``end``: a name may have a hundred addresses that do not answer."""
    line = None
    for address in addresses:
        try:
            line = socket.create_connection((address, port), min(CONNECT_SECONDS, _left(end)))
            break
        except OSError:
            if address == addresses[-1]:
                raise
    if line is None:
        raise OSError(host)
    try:
        line.settimeout(_left(end))
        if not host:
            return line
        return ssl.create_default_context().wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise


def _left(end: float) -> float:
    """Seconds until then; none left is the end of the call."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        line.close()
