"""Commands on accounts at the machine: each leaves its entry in the house book, none makes a superuser."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from apps.ledgers.models import Entry
from apps.units.models import Act, User
from tests import factories as make

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-sentence-of-7-words"


REFUSED = [("nobody", PASSWORD, "没有登录名"), ("", "12345", "密码"), ("", None, "环境变量")]


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    monkeypatch.delenv("JIANDI_ACCOUNT_PASSWORD", raising=False)


def test_a_password_changed_at_the_machine_is_in_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make.office()
    monkeypatch.setenv("JIANDI_ACCOUNT_PASSWORD", PASSWORD)
    call_command("changepassword", user.username)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    entry = Entry.objects.filter(act=Act.SET_PASSWORD).latest("pk")
    assert (entry.subject_id, entry.actor_name) == (user.pk, "系统")
    assert PASSWORD not in str(entry.payload)


@pytest.mark.parametrize(
    ("login", "password", "words"), [("nobody", PASSWORD, "没有登录名"), ("", "12345", "密码"), ("", None, "环境变量")]
)
def test_what_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch, login: str, password: str | None, words: str) -> None:
    user = make.office()
    if password:
        monkeypatch.setenv("JIANDI_ACCOUNT_PASSWORD", password)
    with pytest.raises(CommandError, match=words):
        call_command("changepassword", login or user.username)
    assert not Entry.objects.filter(act=Act.SET_PASSWORD).exists()


def test_there_are_no_superusers() -> None:
    with pytest.raises(CommandError, match="create_account"):
        call_command("createsuperuser")
    assert not User.objects.exists()
