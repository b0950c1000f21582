"""What every page shows around its own content. All of it is computed when a template first asks, so parts swapped by htmx pay nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import rfc8785
from django.conf import settings
from django.db.models import Case, F, Value, When
from django.http import HttpRequest
from django.utils import timezone

from apps.issues.models import Inspection
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.ledgers.policies import readable_books
from apps.units.models import Notification, Role, User
from apps.units.policies import sees_no_business
from config.help import help_on
from config.navigation import Group, Link, grouped, links_for, number_of, tabs
from config.round_at_hand import rounds_at_hand


@dataclass(frozen=True)
class BookState:
    """The end of a book: whether its last entry matches its own hash and the head kept on the book."""

    entries: int
    code: str
    holds: bool


def state_of(entry: Entry) -> BookState:
    """What a last entry says of its book."""
    try:
        holds = chain.hash_of(entry, entry.book.slug) == entry.hash == entry.book.head_hash
    except (rfc8785.CanonicalizationError, TypeError, ValueError):
        holds = False
    return BookState(entry.seq, entry.code, holds)


class Shell:
    """The frame of a page, for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.demo: bool = settings.JIANDI_DEMO

    @cached_property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def _links(self) -> list[tuple[str, Link]]:
        match = self.request.resolver_match
        return links_for(self.user, match.view_name if match else "") if self.user else []

    @cached_property
    def help_href(self) -> str:
        match = self.request.resolver_match
        return help_on(self.user, match.view_name if match else "")

    @cached_property
    def navigation(self) -> list[Group]:
        return grouped(self._links)

    @cached_property
    def tabs(self) -> list[Link]:
        return tabs(self._links)

    @cached_property
    def searches(self) -> bool:
        """Administrators and auditors have no business rows to search in."""
        return self.user is not None and not sees_no_business(self.user)

    @cached_property
    def as_of(self) -> dt.datetime:
        return timezone.localtime()

    @cached_property
    def post(self) -> str:
        """The user's unit and role, in words."""
        if self.user is None:
            return ""
        if self.user.role == Role.SUPERVISOR:
            return "领导" if self.user.is_leader else "督查组"
        unit = self.user.unit.short_name if self.user.unit else ""
        return f"{unit} 联络员" if self.user.role == Role.LIAISON else unit or self.user.role_in_book

    @cached_property
    def _last_entry(self) -> Any:
        """Of the round that the page is about, else of the latest that the user may know of, which is the one that pages choose themselves;
        administrators keep the house and know of no round. None where there is none."""
        if self.user is None:
            return None
        heads = Entry.objects.filter(seq=F("book__head_seq"))
        if sees_no_business(self.user):
            heads = heads.filter(book__in=readable_books(self.user))
        else:
            heads = heads.filter(book__inspection__in=Inspection.objects.visible_to(self.user))
        heads = heads.annotate(unread=number_of(Notification.objects.visible_to(self.user).unread()))
        order: list[Any] = [F("book__inspection__feedback_on").desc(nulls_last=True), "-book__inspection__pk", "-pk"]
        at_hand = rounds_at_hand(self.request)
        if at_hand is not None:
            order.insert(0, Case(When(book__inspection__in=at_hand.values("pk"), then=Value(0)), default=Value(1)))
        return heads.select_related("book__inspection").order_by(*order).first()

    @cached_property
    def unread(self) -> int:
        """How many notifications the bell shows. Asked for with the end of the book, which every page shows, so that it costs no query
        of its own; a site without an entry that the user may know of has no page that is short of queries."""
        if self.user is None:
            return 0
        if self._last_entry is None:
            return Notification.objects.visible_to(self.user).unread().count()
        return int(self._last_entry.unread)

    @cached_property
    def round_name(self) -> str:
        """The round at hand in few words, under the product's name."""
        inspection = getattr(self._last_entry.book, "inspection", None) if self._last_entry else None
        if inspection is None:
            return "见底"
        given = f"{inspection.feedback_on.year}年{inspection.feedback_on.month}月反馈"
        return f"{inspection.inspected_body} {inspection.get_level_display()}{inspection.get_kind_display()}{given}"

    @cached_property
    def book_state(self) -> BookState | None:
        return state_of(self._last_entry) if self._last_entry else None


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}
