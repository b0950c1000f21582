"""Rounds and their aspects."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from apps.issues.models import Act, Category, Inspection
from apps.issues.services.rows import locked_inspection, plain_facts, require_office
from apps.ledgers.models import Book
from apps.ledgers.services import RESERVED, house_book, open_book, record
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Source, Unit, User


@transaction.atomic
def open_inspection(
    *,
    actor: User | None,
    name: str,
    slug: str = "",
    source: str = Source.ENTERED,
    reviewing_bodies: Iterable[Unit] = (),
    **facts: Any,
) -> Inspection:
    """Open a round with a book of its own. ``facts`` are the other columns of :class:`Inspection`; dates must be in their order."""
    require_office(actor, Act.OPEN_INSPECTION)
    if Inspection.objects.filter(name=name).exists():
        raise ActConflict(f"轮次“{name}”已经建立，请换一个名称", field="name")
    if facts["on_site_to"] < facts["on_site_from"]:
        raise ActRefused("离开日期不能早于进驻日期，请核对", field="on_site_to")
    if facts["feedback_on"] < facts["on_site_to"]:
        raise ActRefused("反馈日期不能早于离开日期，请核对", field="feedback_on")
    inspection = Inspection(name=name, source=source, **facts)
    book = inspection.book = open_book(slug=_slug_for(slug or slugify(name)), title=inspection.register_title)
    inspection.save(force_insert=True)
    payload = {"name": name, **plain_facts(facts)}
    if bodies := list(reviewing_bodies):
        inspection.reviewing_bodies.set(bodies)
        payload["reviewing_bodies"] = [body.name for body in bodies]
    for target in (book, house_book()):
        record(target, actor=actor, act=Act.OPEN_INSPECTION, subject=inspection, payload=payload)
    return inspection


@transaction.atomic
def add_category(
    *, actor: User | None, inspection: Inspection, number: int, title: str, source: str = Source.ENTERED, quote: str = ""
) -> Category:
    """Register an aspect (方面) of the feedback; its number is unique in the round."""
    require_office(actor, Act.ADD_CATEGORY)
    inspection = locked_inspection(inspection)
    if inspection.categories.filter(number=number).exists():
        raise ActConflict(f"第 {number} 个方面已经登记", field="number")
    category = Category.objects.create(inspection=inspection, number=number, title=title, source=source, quote=quote)
    record(inspection.book, actor=actor, act=Act.ADD_CATEGORY, subject=category, payload={"number": number, "title": title})
    return category


def _slug_for(wanted: str) -> str:
    """A slug that no book has: years and other digits are all that is left of many names, and “house” and “sealed” are taken."""
    taken = wanted in RESERVED or Book.objects.filter(slug=wanted).exists()
    return f"{wanted or 'round'}-{uuid.uuid4().hex[:12]}" if taken or not wanted else wanted
