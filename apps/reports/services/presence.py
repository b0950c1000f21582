"""Who has a place of a draft open. No act: it says nothing about the notice and is forgotten, so the book does not hold it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from apps.issues.services import require_office
from apps.reports.models import Act, Editing, Notice
from apps.reports.presence import is_place
from apps.units.errors import ActRefused
from apps.units.models import User

FORGOTTEN = dt.timedelta(hours=1)


@transaction.atomic
def keep_editing(*, actor: User, notice: Notice, place: str) -> None:
    """The actor's page still has the place open."""
    require_office(actor, Act.AMEND)
    if not is_place(notice, place):
        raise ActRefused("通报稿没有这个位置", field="place")
    now = timezone.now()
    Editing.objects.filter(notice=notice, seen_at__lt=now - FORGOTTEN).delete()
    Editing.objects.update_or_create(notice=notice, place=place, by=actor, defaults={"seen_at": now})


def stop_editing(actor: User, notice: Notice, place: str) -> None:
    """The actor saved: the place is open no longer."""
    Editing.objects.filter(notice=notice, place=place, by=actor).delete()
