"""Help: the manual inside the application. Every page opens, no link of it is dead, nothing outside it is served."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from apps.units.models import Role
from config import manual
from config.help import SPOKEN_OF_AS, help_on
from tests import factories as make
from tests.test_axe import names_of

pytestmark = pytest.mark.django_db


def browser(role: str) -> Client:
    return make.signed_in(make.liaison() if role == Role.LIAISON else make.user(role))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manual of our own, with a picture and things that must not come through."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "pictures" / "b.html").write_text("<script>")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "README.md").write_text("# 总说明\n\n总的话。\n", encoding="utf-8")
    text = (
        "# 整改办\n\n第一句。\n\n## 怎样 审核\n\n![图一](pictures/a.png) ![图二](pictures/none.png)\n\n"
        "[别页](README.md) [外](../secret.txt) [锚](#怎样-审核) [网](https://example.org/) [坏](javascript:alert(1))\n\n"
        "<script>alert(1)</script> <b onclick='x()'>粗</b>\n\n| 列 |\n|---|\n| 格 |\n\n## 怎样 审核\n\n又一节。\n"
    )
    (tmp_path / "office.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(manual, "MANUAL", tmp_path)
    return tmp_path


@pytest.mark.parametrize("role", Role.values)
def test_the_page_of_ones_own_role_comes_first(role: str) -> None:
    answer = browser(role).get(reverse("help"))
    assert answer.status_code == HTTPStatus.OK
    assert [page.slug for page in answer.context["pages"]][:2] == [role, "readme"]
    assert answer.context["page"].slug == role


def test_every_page_opens_and_every_link_leads_somewhere() -> None:
    client = browser(Role.OFFICE)
    pages = {page.slug: page for page in manual.pages()}
    assert set(pages) >= {"readme", *Role.values, "public"}
    for page in pages.values():
        body = client.get(page.href).content.decode()
        assert f"<h1>{page.title}</h1>" in body
        assert body.count("<h1") == 1
        for place, anchor in re.findall(r'href="(/help/[^"#]*)?#([^"]+)"', str(page.body)):
            target = pages[place.strip("/").rpartition("/")[2]] if place else page
            assert anchor in {section.anchor for section in target.sections}, (page.slug, place, anchor)
        for address in re.findall(r'(?:href|src)="(/help/[^"#]+)', str(page.body)):
            assert client.get(address).status_code == HTTPStatus.OK, (page.slug, address)
        assert "（图：" not in page.body, f"{page.slug}: a picture is missing"


def test_help_asks_for_a_sign_in() -> None:
    for address in (reverse("help"), reverse("help-page", args=("office",)), reverse("help-picture", args=("a.png",))):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (HTTPStatus.FOUND, reverse("account_login"))


def test_links_pictures_and_html_are_made_safe(folder: Path) -> None:
    page = manual.page_of("office")
    assert page is not None
    body = str(page.body)
    assert '<img src="/help/pictures/a.png" alt="图一" loading="lazy"' in body
    assert "（图：图二）" in body
    assert '<a href="/help/readme/">别页</a>' in body
    assert "<a>外</a>" in body
    assert 'href="#怎样-审核"' in body or 'href="#%E6%80%8E' in body
    assert 'href="https://example.org/"' in body
    assert "javascript:" not in re.sub(r"\[坏\]\(javascript:alert\(1\)\)", "", body)
    assert "<script" not in body
    assert "<b " not in body
    assert '<th scope="col">列</th>' in body
    assert '<caption class="sr">怎样 审核</caption>' in body
    assert [section.anchor for section in page.sections] == ["", "怎样-审核", "怎样-审核-1"]


@pytest.mark.parametrize("name", ["b.html", "none.png", "..%2fsecret.txt", "..%2Foffice.md", "%2e%2e", "a.png%00", "A.PNG"])
def test_only_pictures_of_the_manual_are_served(folder: Path, name: str) -> None:
    client = browser(Role.OFFICE)
    assert client.get("/help/pictures/a.png").status_code == HTTPStatus.OK
    assert client.get(f"/help/pictures/{name}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("slug", ["none", "secret", "README", "pictures"])
def test_a_page_that_is_not_there(folder: Path, slug: str) -> None:
    assert browser(Role.OFFICE).get(f"/help/{slug}/").status_code == HTTPStatus.NOT_FOUND


def test_a_changed_page_is_read_again(folder: Path) -> None:
    first = manual.page_of("office")
    (folder / "office.md").write_text("# 新的标题\n", encoding="utf-8")
    again = manual.page_of("office")
    assert first is not None
    assert again is not None
    assert (first.title, again.title) == ("整改办", "新的标题")


def test_the_search_finds_sections_with_all_the_words(folder: Path) -> None:
    client = browser(Role.OFFICE)
    answer = client.get(reverse("help"), {"q": "又 审核"})
    assert [hit.href for hit in answer.context["hits"]] == ["/help/office/#怎样-审核-1"]
    assert "手册里没有找到" in client.get(reverse("help"), {"q": "没有的词"}).content.decode()
    assert client.get(reverse("help"), {"q": "<b>\x00"}).status_code == HTTPStatus.OK
    assert "&lt;b&gt;" in client.get(reverse("help"), {"q": "<b>"}).content.decode()
    assert client.get(reverse("help"), {"colour": "red"}).status_code == HTTPStatus.BAD_REQUEST


def test_pages_lead_to_the_help_that_speaks_of_them() -> None:
    auditor = make.user(Role.AUDITOR)
    assert f'href="{help_on(auditor, "ledgers:book")}"' in make.signed_in(auditor).get("/book/?").content.decode()
    assert help_on(auditor, "ledgers:book").startswith("/help/auditor/#")
    assert help_on(auditor, "workbench") == "/help/"
    assert help_on(None, "ledgers:book") == "/help/"
    assert set(SPOKEN_OF_AS) <= names_of(get_resolver())


def test_every_word_is_found_in_the_manual_of_some_role() -> None:
    people = [make.liaison() if role == Role.LIAISON else make.user(role) for role in Role.values]
    lost = [name for name in SPOKEN_OF_AS if not any("#" in help_on(user, name) for user in people)]
    assert lost == []


@pytest.mark.once
def test_the_image_holds_the_manual() -> None:
    root = Path(settings.BASE_DIR)
    assert "COPY docs/manual docs/manual" in (root / "Dockerfile").read_text()
    ignored = (root / ".dockerignore").read_text().split()
    assert "docs" not in ignored
    assert ignored.index("!docs/manual") > ignored.index("docs/*")
