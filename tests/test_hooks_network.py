"""Hooks and the net: no notation, no name, no redirection leads inside, and no receiver holds the worker longer than it may."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.issues.services import amend_issue
from apps.supervision.models import HookCall
from apps.supervision.outgoing import hooks, places
from apps.supervision.outgoing.places import is_public
from apps.supervision.services import call_due, make_hook
from apps.units.errors import ActRefused
from tests import factories as make
from tests.hook_receiver import receiving

# As the resolver of the machine reads them, without asking a name server.
NOTATIONS = (
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:a00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fec0::1]/",
    "https://127.0.0.1:8443/",
    "https://localhost/hook",
    "https://[::1]/hook",
)
INSIDE = (
    *("127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("::1", "::", "fc00::1", "fe80::1%eth0"),
)
DISGUISED = ("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::")
NOBODYS = (
    *("fec0::1", "3fff::1", "::7f00:1", "2001:db8::1"),
    *("192.0.0.8", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
)
OUTSIDE = ("8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808")


def names(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> None:
    """The name server gives these addresses, one answer after the other; the last one for good."""
    left = list(answers)

    def found(_host: str, port: int, **_how: Any) -> list[Any]:
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("address", NOTATIONS)
def test_no_notation_of_an_address_inside_is_taken(address: str) -> None:
    with pytest.raises(ActRefused, match="内部网络"):
        hooks.read(address)


@pytest.mark.parametrize("address", NOTATIONS)
def test_nor_called_when_it_got_into_the_table(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *given: opened.append(given))
    assert hooks.post(address, "{}", {}).error == "地址指向内部网络，没有推送"
    assert opened == []


@pytest.mark.parametrize("address", [*INSIDE, *DISGUISED, *NOBODYS])
def test_what_lies_inside_is_known_in_every_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_lies_outside_is_let_through(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("addresses", [("192.168.7.7",), ("8.8.8.8", "10.0.0.1")])
def test_a_name_of_which_one_address_is_inside_is_inside(addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, addresses)
    with pytest.raises(ActRefused, match="内部网络"):
        hooks.read("https://hook.example/")


@pytest.mark.django_db
def test_a_name_that_answers_otherwise_later_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding between setting up and calling: the address is looked at anew, and no line is opened."""
    names(monkeypatch, ("8.8.8.8",), ("127.0.0.1",))
    office, issue = make.office(), make.issue()
    facts: dict[str, Any] = {"inspection": issue.inspection, "name": "平台", "address": "https://hook.example/"}
    make_hook(actor=office, events=["issues.amend_issue"], **facts)
    amend_issue(actor=office, issue=issue, values={"title": "改过的事项"}, reason="表述不准")
    opened: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda address, *_how: opened.append(address))
    call_due()
    assert opened == []
    assert HookCall.objects.get().error == "地址指向内部网络，没有推送"


def test_the_line_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding between looking and connecting: nobody asks for the name again."""
    names(monkeypatch, ("8.8.8.8",), ("127.0.0.1",))
    opened: list[Any] = []

    def refuse(address: Any, *_how: Any) -> None:
        opened.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    answer = hooks.post("https://hook.example/", "{}", {})
    assert opened == [("8.8.8.8", 443)]
    assert answer.status is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_inside_is_not_followed(status: int, settings: Any) -> None:
    settings.CHANNEL_PRIVATE_HOSTS = True
    with receiving() as outside, receiving() as inside:
        outside.status, outside.headers = status, {"Location": inside.address}
        answer = hooks.post(outside.address, "{}", {})
    assert (answer.status, answer.is_delivered) == (status, False)
    assert (len(outside.got), len(inside.got)) == (1, 0)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a receiver that answers as ``serve`` does."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                line, _from = server.accept()
            except OSError:
                return
            with line:
                try:
                    serve(line)
                except OSError:
                    continue

    worker = threading.Thread(target=accept, daemon=True)
    worker.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        worker.join(5)


def silent(line: socket.socket) -> None:
    line.settimeout(5)
    while line.recv(1024):
        pass


def dripping(line: socket.socket) -> None:
    """A status that never ends, each byte well within the time for one read."""
    line.sendall(b"HTTP/1.1 ")
    for _ in range(100):
        line.sendall(b"a")
        time.sleep(0.05)


def continuing(line: socket.socket) -> None:
    for _ in range(100):
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("serve", [silent, dripping, continuing])
def test_a_receiver_that_takes_its_time_is_hung_up_on(serve: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CHANNEL_PRIVATE_HOSTS = True
    monkeypatch.setattr(hooks, "WHOLE_SECONDS", 0.6)
    with listening(serve) as address:
        begun = time.monotonic()
        answer = hooks.post(address, "{}", {})
        took = time.monotonic() - begun
    assert not answer.is_delivered
    assert answer.error
    assert took < 3


def test_an_endless_body_is_not_read(settings: Any) -> None:
    settings.CHANNEL_PRIVATE_HOSTS = True

    def endless(line: socket.socket) -> None:
        line.recv(4096)
        line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            line.sendall(b"400\r\n" + b"a" * 1024 + b"\r\n")

    with listening(endless) as address:
        assert hooks.post(address, "{}", {}).is_delivered


def test_a_name_with_a_hundred_silent_addresses_takes_no_longer_than_one(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CHANNEL_PRIVATE_HOSTS = True
    names(monkeypatch, tuple(f"8.8.8.{number}" for number in range(100)))
    monkeypatch.setattr(hooks, "WHOLE_SECONDS", 0.5)
    tried: list[Any] = []

    def unanswered(address: Any, seconds: float) -> None:
        tried.append(address)
        time.sleep(min(seconds, 0.2))
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", unanswered)
    begun = time.monotonic()
    answer = hooks.post("https://hook.example/", "{}", {})
    assert time.monotonic() - begun < 5  # and not the twenty seconds of a hundred
    assert answer.error
    assert 1 <= len(tried) < 10


def test_a_certificate_that_nobody_vouches_for_is_refused(settings: Any) -> None:
    """A receiver without TLS behind https: no word of the call leaves in the clear."""
    settings.CHANNEL_PRIVATE_HOSTS = True
    with receiving() as receiver:
        answer = hooks.post(receiver.address.replace("http://", "https://"), "{}", {})
    assert receiver.got == []
    assert "证书" in answer.error


@pytest.mark.parametrize("answers", [False, True], ids=("too slow", "the control"))
def test_a_name_that_takes_long_to_look_up_is_given_up(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> None:
    rows, over = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))], threading.Event()

    def slow(*_given: Any, **_how: Any) -> list[Any]:
        over.wait(0 if answers else 20)
        return rows

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(places, "LOOK_UP_SECONDS", 0.3)
    begun = time.monotonic()
    try:
        if answers:
            assert hooks.read("https://hook.example/").hostname == "hook.example"
        else:
            with pytest.raises(ActRefused, match="查不到这个地址的主机"):
                hooks.read("https://hook.example/")
            assert "没有按时答复" in hooks.post("https://hook.example/", "{}", {}).error
    finally:
        over.set()
    assert time.monotonic() - begun < 3
