"""Who is told about what happens to a letter. Part of the acts on letters, in their transactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.urls import reverse

from apps.supervision.coverage import covers
from apps.supervision.models import Letter, Reply
from apps.supervision.policies import checks_answers, supervisors_of
from apps.units.models import Notification, User
from apps.units.recipients import liaisons_of, office_accounts, rings
from apps.units.services import put_notifications


def sending_side(letter: Letter) -> set[User]:
    """Who sent it, as long as they still see it with an account in use, and the members of the groups that cover it."""
    sender = letter.sent_by
    own = {sender} if sender.is_active and checks_answers(sender, letter) else set()
    return own | supervisors_of(letter)


def tell_of_letter(letter: Letter) -> None:
    """The unit has a letter to sign for and to answer.

    One that is entered after it went out is on the unit's desk already: it is told so, with the day of the letter, because it still
    signs and answers here. What went out longer ago than ``RECENT_DAYS`` is a record of the past and calls nobody, as everywhere else
    (``rings``); it stands in the unit's list of letters all the same.
    """
    today = letter.inspection.today()
    if not rings(letter.sent_on, today):
        return
    entered = f"{letter.sent_on} 已发出，今天补登，" if letter.sent_on < today else ""
    tell_unit(letter, f"{entered}请签收，{letter.reply_by} 前回复")


def tell_unit(letter: Letter, words: str, *, kind: str = Notification.Kind.LETTER, about: Reply | None = None) -> None:
    """``words`` follow the name of the letter. ``about`` is the answer they speak of: of each the unit hears, be it on the same day."""
    _tell(liaisons_of(letter.unit_id), letter, words, kind, about)


def tell_senders(letter: Letter, words: str, *, about: Reply) -> None:
    _tell(sending_side(letter), letter, words, Notification.Kind.ANSWER, about)


def tell_of_proposals(proposed: Sequence[tuple[Letter, str]]) -> None:
    """The office and the group of the unit: a person of them sends the next level, or does not. Letters of one round."""
    if not proposed:
        return
    office = set(office_accounts())
    letters = [letter for letter, _words in proposed]
    groups = letters[0].inspection.supervision_groups.prefetch_related("units", "categories", "members")
    categories: defaultdict[int, set[int]] = defaultdict(set)
    links = Letter.measures.through.objects.filter(letter__in=letters)
    for letter, category in links.values_list("letter", "measure__issue__category"):
        categories[letter].add(category)
    for row, words in proposed:
        covering = [group for group in groups if covers(group, row.unit_id, categories[row.pk])]
        people = {person for group in covering for person in group.members.all() if person.is_active}
        _tell(office | people, row, words, Notification.Kind.ESCALATION)


def _tell(recipients: Iterable[User], letter: Letter, words: str, kind: str, about: Reply | None = None) -> None:
    put_notifications(
        recipients=sorted(recipients, key=lambda person: person.pk),
        kind=kind,
        subject=about or letter,
        day=letter.inspection.today(),
        title=f"{letter}（{letter.unit}）：{words}",
        number=letter.doc_number,
        path=reverse("supervision:letter", args=(letter.pk,)),
    )
