"""Addresses of channels: read from what the office pastes, kept encrypted, and never led to a machine inside the house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import apprise
from django.conf import settings

from apps.supervision.outgoing.places import Inside, addresses_of
from apps.units import encryption
from apps.units.errors import ActRefused

KINDS = {"wecombot": "企业微信群机器人", "dingtalk": "钉钉群机器人", "feishu": "飞书群机器人", "lark": "Lark 群机器人"}
# What the robots' own pages show to copy, where apprise does not read it by itself.
PASTED = (
    (re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=([0-9a-zA-Z]+)"), r"dingtalk://\1/"),
    (re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([\w-]+)/?"), r"feishu://\1/"),
)
HTTPS, HTTP = 443, 80
PURPOSE = "address of a channel"


@dataclass(frozen=True)
class Place:
    """The machine that an address leads to."""

    host: str
    port: int


def read(text: str) -> tuple[str, str]:
    """The kind and the address as it is kept. Options in it (retries, redirects, splitting) are dropped: this house decides them."""
    text = text.strip()
    for pattern, short in PASTED:
        text = pattern.sub(short, text) if pattern.fullmatch(text) else text
    found = plugin_of(text)
    kind = urlsplit(found.url(privacy=False)).scheme if found else ""
    if found is None or kind not in settings.CHANNEL_SCHEMES:
        allowed = "、".join(name_of(scheme) for scheme in settings.CHANNEL_SCHEMES)
        raise ActRefused(f"认不出这个地址。请从群机器人的设置页复制完整的 Webhook 地址；可用的渠道：{allowed}", field="address")
    refuse_inside(found)
    return kind, found.url(privacy=False).partition("?")[0]


def plugin_of(address: str) -> apprise.NotifyBase | None:
    """The channel that an address means; None where it means none."""
    found = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    return found if isinstance(found, apprise.NotifyBase) else None


def name_of(scheme: str) -> str:
    return KINDS.get(scheme, scheme)


def place_of(channel: apprise.NotifyBase) -> Place:
    """The robots' addresses name a key where others name a host: there the service's own address counts."""
    own = _own_host(channel)
    return Place(own, HTTPS) if own else Place(str(channel.host), int(channel.port or (HTTPS if channel.secure else HTTP)))


def _own_host(channel: apprise.NotifyBase) -> str:
    """The fixed host of a service; empty for kinds whose address names a host."""
    own = getattr(channel, "notify_url", "")
    return urlsplit(own).hostname or "" if isinstance(own, str) and own.startswith("https://") else ""


def refuse_inside(channel: apprise.NotifyBase) -> None:
    """Refuse an address of this machine or of the house's own net, under whatever name: the server is no way round the fire wall.

    Where the host is the service's own, there is none that somebody could have chosen.
    """
    if settings.CHANNEL_PRIVATE_HOSTS or _own_host(channel):
        return
    place = place_of(channel)
    try:
        addresses_of(place.host, place.port)
    except Inside as inside:
        raise ActRefused("这个地址指向内部网络，不能作为通知渠道", field="address") from inside
    except OSError as unknown:
        raise ActRefused("查不到这个地址的主机，请核对地址，或联系系统管理员检查网络", field="address") from unknown


def encrypted(address: str) -> str:
    return encryption.encrypted(PURPOSE, address)


def decrypted(secret: str) -> str | None:
    """The address; None where the key of the site is another than it was encrypted with."""
    return encryption.decrypted(PURPOSE, secret)
