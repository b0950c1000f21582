"""One message to one address by SMTP, in stages, so that it is known whether the message was handed over when a connection breaks.

Until the final dot has been sent the other side has accepted nothing: what breaks before is tried again. Between the dot and its answer
nobody knows: what breaks there is never tried again by itself.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
from contextlib import closing, suppress
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import urlsplit

from django.conf import settings

from apps.supervision.outgoing.outcomes import SENT, Fate, Outcome

SECONDS = 20
GO_ON, ACCEPTED = 354, 2
CUT_SHORT = "连接在邮件交完之前中断"
UNKNOWN = "邮件已交出，但连接在对方答复之前中断，不知道是否送达"


def is_on() -> bool:
    """Whether this house sends e-mail at all."""
    return bool(settings.EMAIL_HOST)


def message(*, to: str, title: str, body: str, message_id: str) -> EmailMessage:
    """A plain message. Its id is that of the delivery and stays the same however often it is tried."""
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = Address("整改台账", addr_spec=settings.EMAIL_FROM)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = title
    made["Date"] = formatdate(localtime=True)
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(body, charset="utf-8", cte="base64")
    return made


def send(what: EmailMessage, to: str) -> Outcome:
    """Try once."""
    try:
        with closing(_connected()) as server:
            return _hand_over(server, what.as_bytes(), to)
    except smtplib.SMTPResponseException as refusal:
        return Outcome(Fate.RETRY, f"邮件服务器不接受连接或登录（{refusal.smtp_code}）")
    except (OSError, smtplib.SMTPException) as broken:
        return Outcome(Fate.RETRY, f"连不上邮件服务器，或连接中断（{type(broken).__name__}）")


def _connected() -> smtplib.SMTP:
    host, port, mode = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TLS
    # As this machine calls itself; asking the net for its name would hold up every message where nobody answers.
    own = urlsplit(settings.SITE_URL).hostname
    server: smtplib.SMTP
    if mode == "ssl":
        server = smtplib.SMTP_SSL(host, port, own, timeout=SECONDS, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, own, timeout=SECONDS)
    try:
        server.ehlo_or_helo_if_needed()
        if mode == "starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
        if settings.EMAIL_USER:
            server.login(settings.EMAIL_USER, settings.EMAIL_PASSWORD)
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, wire: bytes, to: str) -> Outcome:
    """The envelope and the body, then the dot that hands the message over."""
    refusal = _envelope(server, to)
    if refusal is not None:
        return refusal
    line = server.sock
    if line is None:
        return Outcome(Fate.RETRY, CUT_SHORT)
    line.sendall(_dotted(wire))
    if _has_ended(line):
        return Outcome(Fate.RETRY, CUT_SHORT)
    try:
        line.sendall(b".\r\n")
        code, _words = server.getreply()
    except (OSError, smtplib.SMTPException):
        return Outcome(Fate.UNCERTAIN, UNKNOWN)
    if code // 100 == ACCEPTED:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        return SENT
    return _refused(code) if code // 100 in (4, 5) else Outcome(Fate.UNCERTAIN, UNKNOWN)


def _envelope(server: smtplib.SMTP, to: str) -> Outcome | None:
    """Sender, recipient, and the word that the body may come; a refusal where one of them is refused."""
    code, _words = server.mail(settings.EMAIL_FROM)
    if code // 100 == ACCEPTED:
        code, _words = server.rcpt(to)
    if code // 100 == ACCEPTED:
        code, _words = server.docmd("DATA")
    return None if code == GO_ON else _refused(code)


def _dotted(wire: bytes) -> bytes:
    """The message as it goes over the line: a dot at the head of a line is doubled, the last line ends."""
    quoted = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in wire.split(b"\r\n"))
    return quoted if quoted.endswith(b"\r\n") else quoted + b"\r\n"


def _has_ended(line: socket.socket) -> bool:
    """Whether the other side has hung up already; it has nothing to say before the final dot. An encrypted line may be readable for
    reasons of its own, so there only the answer to the dot tells."""
    if isinstance(line, ssl.SSLSocket):
        return False
    readable, _writable, _broken = select.select([line], [], [], 0)
    return bool(readable)


def _refused(code: int) -> Outcome:
    """4xx: not now. 5xx: not at all."""
    passing = code // 100 == 4 or code < 0
    return Outcome(Fate.RETRY if passing else Fate.REFUSED, f"邮件服务器没有接受（{code}）")
