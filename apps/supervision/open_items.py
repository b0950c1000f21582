"""What waits for a person, in numbers: for the digest, which may say no more than how many and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from apps.issues.models import Closure, SignOff
from apps.measures.models import Extension, Progress
from apps.supervision.models import Flag, Letter
from apps.supervision.querysets import FlagQuerySet
from apps.units.models import Role, User
from apps.units.policies import sees_no_business

LATE = (Flag.Kind.OVERDUE, Flag.Kind.GRAVE)


@dataclass(frozen=True)
class Waiting:
    """So many of something, and the page that lists them."""

    word: str
    number: int
    path: str


def open_items(user: User) -> list[Waiting]:
    """What the user has to do now; nothing where nothing waits."""
    return [] if sees_no_business(user) else [row for row in _asked(user) if row.number]


def _asked(user: User) -> Iterator[Waiting]:
    yield Waiting("待会审签署", SignOff.objects.waiting_for(user).count(), reverse("issues:closures"))
    if user.role == Role.OFFICE:
        yield Waiting("待审核填报", Progress.objects.visible_to(user).pending().count(), reverse("measures:reviews"))
        yield Waiting("待审定销号", Closure.objects.visible_to(user).pending().count(), reverse("issues:closures"))
    if user.role in (Role.OFFICE, Role.SUPERVISOR):
        yield Waiting("待审批延期", Extension.objects.visible_to(user).waiting_for(user).count(), reverse("measures:extensions"))
    late = Flag.objects.standing().visible_to(user).filter(kind__in=LATE)
    if user.role == Role.LIAISON:
        letters = Letter.objects.filter(unit=user.unit_id, state__in=Letter.WAITING)
        yield Waiting("待签收或回复的督查单", letters.count(), reverse("supervision:letters"))
        yield Waiting(
            "逾期措施",
            _measures(late.filter(measure__lead_unit=user.unit_id)),
            f"{reverse('measures:register')}?timeliness=overdue&lead={user.unit_id}",
        )
    if user.role == Role.SUPERVISOR:
        yield Waiting("逾期措施", _measures(late), reverse("supervision:flags"))


def _measures(flags: FlagQuerySet) -> int:
    """Measures, each once, however many rules speak of it."""
    return flags.order_by().values("measure").distinct().count()
