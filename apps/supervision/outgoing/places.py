"""Where a machine of this house may connect to: names are looked up, and what lies inside is refused, under whatever name or notation."""

from __future__ import annotations

import ipaddress
import socket
import threading
from concurrent.futures import Future
from typing import Any

from django.conf import settings

LOOK_UP_SECONDS = 5
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Site-local, of documents, of protocols, of tunnels: nobody's out there, which Python's tables do not know of all of them.
NOBODYS = tuple(ipaddress.ip_network(text) for text in ("fec0::/10", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24"))


class Inside(Exception):
    """The name leads to this machine or to the house's own net."""


def is_public(text: str) -> bool:
    """Whether an address belongs to somebody out there. One that carries an IPv4 address inside it is as public as that one."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    if any(address in network for network in NOBODYS):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a name, looked up now; whoever connects uses one of these and asks nobody again, so that a name that answers
    otherwise the second time (DNS rebinding) gains nothing. Raises OSError where there is none, Inside where one of them is inside."""
    try:
        rows = _looked_up(host, port)
    except UnicodeError as broken:
        raise OSError(str(broken)) from broken
    found = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if not found:
        raise OSError(host)
    if not settings.CHANNEL_PRIVATE_HOSTS and not all(is_public(address) for address in found):
        raise Inside(host)
    return found


def _looked_up(host: str, port: int) -> list[Any]:
    """What the machine's resolver says. It cannot be told to hurry, so it is asked by a thread that is left behind when it takes too
    long (TimeoutError)."""
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP))
        except Exception as trouble:
            answer.set_exception(trouble)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    return answer.result(LOOK_UP_SECONDS)
