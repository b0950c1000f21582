"""Who is told about what happens to a letter. Part of the acts on letters, in their transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.urls import reverse

from apps.supervision.models import Letter
from apps.supervision.policies import supervisors_of
from apps.units.models import Notification, Role, User
from apps.units.services import put_notifications


def liaisons_of(letter: Letter) -> Iterable[User]:
    return User.objects.filter(role=Role.LIAISON, unit=letter.unit_id, is_active=True)


def sending_side(letter: Letter) -> set[User]:
    """Who sent it, as long as their account is in use, and the members of the groups that cover the unit."""
    own = {letter.sent_by} if letter.sent_by.is_active else set()
    return own | set(supervisors_of(letter.inspection, letter.unit))


def tell_unit(letter: Letter, words: str, *, kind: str = Notification.Kind.LETTER) -> None:
    """``words`` follow the name of the letter."""
    _tell(liaisons_of(letter), letter, words, kind)


def tell_senders(letter: Letter, words: str) -> None:
    _tell(sending_side(letter), letter, words, Notification.Kind.ANSWER)


def tell_of_proposals(proposed: Sequence[tuple[Letter, str]]) -> None:
    """The office and the group of the unit: a person of them sends the next level, or does not. Letters of one round."""
    if not proposed:
        return
    office = set(User.objects.filter(role=Role.OFFICE, is_active=True))
    groups = proposed[0][0].inspection.supervision_groups.prefetch_related("units", "members")
    members = [({unit.pk for unit in group.units.all()}, set(group.members.all())) for group in groups]
    for letter, words in proposed:
        covering = {person for units, people in members if letter.unit_id in units for person in people if person.is_active}
        _tell(office | covering, letter, words, Notification.Kind.ESCALATION)


def _tell(recipients: Iterable[User], letter: Letter, words: str, kind: str) -> None:
    put_notifications(
        recipients=sorted(recipients, key=lambda person: person.pk),
        kind=kind,
        subject=letter,
        day=letter.inspection.today(),
        title=f"{letter}（{letter.unit}）：{words}",
        number=letter.doc_number,
        path=reverse("supervision:letter", args=(letter.pk,)),
    )
