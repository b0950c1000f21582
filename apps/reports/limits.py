"""How often one address may do something: so many places, each taken for so long. Addresses are kept as keyed hashes, and in the cache
alone: what is stored says neither who it was nor, once its time is over, that anybody was there.

Places instead of a counter: the sixth post within ten minutes of any five before it is refused, whatever the minute a window begins at,
and taking a place is one atomic act of the cache (Redis: SET NX), so that a burst from many connections counts fully.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
import time
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from apps.units.encryption import key_of

MINUTE = 60


@dataclass(frozen=True)
class Limit:
    """``places`` within ``seconds``."""

    name: str
    places: int
    seconds: int

    def refuses(self, whom: str = "") -> int:
        """Take a place. 0 where there was one; otherwise in how many seconds the next is free."""
        keys = [f"limit:{self.name}:{whom}:{place}" for place in range(self.places)]
        now = time.time()
        taken = cache.get_many(keys)
        free = [key for key in keys if key not in taken]
        # In any order: many at once would otherwise all try the first.
        secrets.SystemRandom().shuffle(free)
        if any(cache.add(key, now, self.seconds) for key in free):
            return 0
        since = [float(moment) for moment in cache.get_many(keys).values()]
        return max(1, math.ceil(min(since, default=now) + self.seconds - now))


POSTS = Limit("post", 5, 10 * MINUTE)
# Without the proof of work a machine could do as well: fewer from one address, and fewer from all of them.
UNPROVEN = Limit("unproven", 2, 10 * MINUTE)
UNPROVEN_OF_ALL = Limit("unproven-all", 20, 60 * MINUTE)
LOOKS = Limit("look", 10, 10 * MINUTE)
CHALLENGES = Limit("challenge", 40, 10 * MINUTE)


def address_of(request: HttpRequest) -> str:
    """The caller's address as a keyed hash; of an IPv6 address the network, since a household has all the addresses in it."""
    found = str(get_adapter(request).get_client_ip(request))
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return _hashed(found)
    return _hashed(str(ipaddress.ip_network(f"{found}/64", strict=False) if parsed.version == 6 else parsed))


def _hashed(text: str) -> str:
    return hmac.new(key_of("limits"), text.encode(), hashlib.sha256).hexdigest()[:32]
