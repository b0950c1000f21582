"""After the key was changed, one command encrypts everything anew, and the former key can be dropped."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models
from django.test import override_settings
from django.utils import timezone

from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.reports import services
from apps.reports.models import Feedback
from apps.reports.services.renewing import SECRETS
from apps.supervision.models import Channel, Clue, Hook
from apps.supervision.outgoing.addresses import decrypted as address_of
from apps.supervision.services import register_clue
from apps.supervision.services.hooking import ADDRESS, SECRET
from apps.units.encryption import decrypted, encrypted
from apps.units.models import KeptAnswer
from apps.units.services.answers import body_of, claim_answer, keep_answer
from tests import factories
from tests import feedback_world as world

pytestmark = pytest.mark.django_db
NEXT = "the-next-key-of-this-site-" * 3
CLUE = "反映某局设备采购中围标。"


def everything() -> None:
    """One row of each kind, as a house has them before its key is changed."""
    edition = world.edition()
    row = world.message(edition, contact=world.PHONE)
    services.answer_feedback(actor=factories.office(), feedback=row, answer="路灯已经装好，请再去看看。", version=row.version)
    world.message(edition, world.TIP)
    discipline = world.discipline()
    today = edition.inspection.today()
    register_clue(actor=discipline, inspection=edition.inspection, origin=Clue.Origin.values[0], summary=CLUE, transferred_on=today)
    office = factories.office()
    factories.channel(office)
    factories.hook(office, edition.inspection)
    keep_answer(row=claim_answer(owner=office, key="a", asked="b"), status=201, tag="", body='{"id": 1}')


def readable() -> dict[str, Any]:
    hook, channel = Hook.objects.get(), Channel.objects.get()
    return {
        "messages": [(row.said, row.reachable_at, row.replied) for row in Feedback.objects.order_by("text", "pk")],
        "clue": decrypted("text of a clue", Clue.objects.get().summary),
        "channel": address_of(channel.secret),
        "hook": (decrypted(ADDRESS, hook.address), decrypted(SECRET, hook.secret)),
        "answer": body_of(KeptAnswer.objects.get()),
    }


def told(seen: dict[str, Any]) -> dict[str, Any]:
    return {**seen, "messages": sorted(seen["messages"], key=str)}


def run() -> str:
    said = io.StringIO()
    call_command("renew_secrets", stdout=said)
    return said.getvalue()


def test_the_former_key_can_be_dropped_afterwards_and_a_second_run_does_nothing() -> None:
    everything()
    before, former = told(readable()), settings.SECRET_KEY
    versions = list(Feedback.objects.order_by("pk").values_list("pk", "version", "state", "received_at"))
    with override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[former]):
        held = run().splitlines()
        assert held[:5] == [
            "群众反馈：重新加密 4 处",
            "移交线索：重新加密 1 处",
            "通知渠道：重新加密 1 处",
            "推送：重新加密 2 处",
            "已答复的请求：重新加密 1 处",
        ]
        assert held[5:] == ["共重新加密 9 处", "所有加密内容都用现在的密钥，可以从 SECRET_KEY_FALLBACKS 中去掉旧密钥"]
        assert run().splitlines()[0] == "共重新加密 0 处"
    with override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[]):
        assert told(readable()) == before
    with override_settings(SECRET_KEY=former, SECRET_KEY_FALLBACKS=[]):
        assert decrypted("text of a clue", Clue.objects.get().summary) is None
    assert list(Feedback.objects.order_by("pk").values_list("pk", "version", "state", "received_at")) == versions


def test_the_control_without_the_command_the_texts_are_lost_with_the_key() -> None:
    everything()
    with override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[]):
        assert [row.said for row in Feedback.objects.all()] == [None, None]


def test_the_sealed_book_gets_one_entry_and_no_other_book_any() -> None:
    everything()
    heads = dict(Book.objects.values_list("slug", "head_seq"))
    with override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        run()
        run()
    entry = Entry.objects.get(act="reports.renew_secrets")
    assert (entry.book.slug, entry.actor) == ("sealed", None)
    assert entry.payload == {
        "renewed": ["群众反馈 4 处", "移交线索 1 处", "通知渠道 1 处", "推送 2 处", "已答复的请求 1 处"],
        "unreadable": [],
    }
    heads["sealed"] += 1
    assert dict(Book.objects.values_list("slug", "head_seq")) == heads
    assert chain.verify(entry.book).holds


def test_what_no_key_reads_stays_and_is_said() -> None:
    """Two changes of the key, and the first one was forgotten: everything else is done, and the command fails."""
    edition = world.edition()
    with override_settings(SECRET_KEY="a-key-that-nobody-kept-" * 3):
        lost = world.message(edition)
    kept, former = world.message(edition), settings.SECRET_KEY
    secret = lost.text
    with (
        override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[former]),
        pytest.raises(CommandError, match="还有读不出来的：群众反馈 1 处"),
    ):
        run()
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert lost.text == secret
    with override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[]):
        assert kept.said == world.TEXT


def test_a_former_secret_of_a_hook_that_has_ended_needs_no_key() -> None:
    """Its key is gone for good, and so is its use: it must not fail the command for ever."""
    hook, _failed = factories.hook(factories.office(), world.edition().inspection)
    with override_settings(SECRET_KEY="a-key-that-nobody-kept-" * 3):
        hook.former = encrypted(SECRET, "s" * 64)
    now = timezone.now()
    with override_settings(SECRET_KEY=NEXT, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        hook.former_until = now + dt.timedelta(hours=1)
        hook.save()
        with pytest.raises(CommandError, match="还有读不出来的：推送 1 处"):
            run()
        Hook.objects.update(former_until=now - dt.timedelta(hours=1))
        assert run().splitlines()[0] == "共重新加密 0 处"
    left = Hook.objects.get()
    assert (left.former, decrypted(SECRET, left.secret)) == ("", None), "the secret in use is encrypted with the next key"


def test_every_encrypted_column_is_renewed() -> None:
    """Columns that say 加密 in their name; the answer to a message has its short one."""
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields if "加密" in str(field.verbose_name))
    named = {(field.model, field.name) for field in fields}
    assert named - {(model, name) for model, columns in SECRETS.items() for name in columns} == set()
    assert len(named) >= 8
    assert all(issubclass(model, models.Model) for model in SECRETS)
