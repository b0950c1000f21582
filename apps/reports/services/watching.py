"""The office's own list of words that must not be published unseen. The house has one list; it is entered in the book of the house."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.issues.services import require_office
from apps.ledgers.services import house_book, record
from apps.reports.models import Act, WatchWord
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

SHORTEST, LONGEST, LONGEST_NOTE = 2, 40, 200


@transaction.atomic
def watch_word(*, actor: User, word: str, note: str = "") -> WatchWord:
    """Put a word on the list; drafts that have it are held up from now on."""
    require_office(actor, Act.WATCH_WORD)
    word, note = " ".join(word.split()), note.strip()
    if not SHORTEST <= len(word) <= LONGEST:
        raise ActRefused(f"关注词要有 {SHORTEST} 到 {LONGEST} 个字", field="word")
    if len(note) > LONGEST_NOTE:
        raise ActRefused(f"说明最多 {LONGEST_NOTE} 个字，请删减", field="note")
    if WatchWord.objects.filter(word=word, retired_at=None).exists():
        raise ActConflict(f"“{word}”已经在关注词里", field="word")
    row = WatchWord.objects.create(word=word, note=note, added_by=actor)
    record(house_book(), actor=actor, act=Act.WATCH_WORD, subject=row, payload={"note": note})
    return row


@transaction.atomic
def retire_word(*, actor: User, word: WatchWord, reason: str) -> WatchWord:
    """Take a word off the list, with a reason; the row stays."""
    require_office(actor, Act.RETIRE_WORD)
    row = WatchWord.objects.select_for_update(of=("self",), no_key=True).get(pk=word.pk)
    if row.retired_at is not None:
        raise ActConflict("这个关注词已经停用，请刷新页面")
    if not reason.strip():
        raise ActRefused("请写明停用的理由", field="reason")
    row.retired_at = timezone.now()
    row.save(update_fields=("retired_at",))
    record(house_book(), actor=actor, act=Act.RETIRE_WORD, subject=row, reason=reason.strip())
    return row
