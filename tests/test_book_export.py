"""The export of a book and the program that verifies it without this project: what is found, what is not, and why checkpoints exist."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.core.management import CommandError, call_command
from django.http import StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st

from apps.ledgers import verify
from apps.ledgers.exporting import export_of
from apps.ledgers.models import Book, Entry
from apps.ledgers.verify import BROKEN, HOLDS, UNUSABLE, Broken, canonical
from apps.units.models import Role
from tests import factories as make

Lines = list[bytes]
PROGRAM = Path(verify.__file__)


def business_book() -> Book:
    measure = make.measure()
    make.finish(measure)
    return measure.issue.inspection.book


@pytest.fixture
def lines(db: None) -> Lines:
    """The export of a book with a handful of entries."""
    return list(export_of(business_book()))


def broken_at(lines: Lines, checkpoints: dict[int, str] | None = None) -> int | None:
    """The first seq that does not hold; None when all is well."""
    try:
        verify.verify(lines, (checkpoints or {}).items())
    except Broken as broken:
        return broken.seq
    return None


def hash_in(lines: Lines, seq: int) -> str:
    return str(json.loads(lines[seq])["hash"])


def hashed_again(lines: Lines, start: int) -> Lines:
    """What a forger would do: the chain written anew from that entry on, and the head of the first line with it."""
    found, previous = lines[:start], json.loads(lines[start - 1])["hash"] if start > 1 else ""
    for seq, line in enumerate(lines[start:], start=start):
        body = {**json.loads(line), "prev_hash": previous, "seq": seq}
        del body["hash"]
        previous = hashlib.sha256(rfc8785.dumps(body)).hexdigest()
        found.append(rfc8785.dumps({**body, "hash": previous}) + b"\n")
    header = json.loads(lines[0])
    header["head"] = {"seq": len(found) - 1, "hash": previous}
    return [rfc8785.dumps(header) + b"\n", *found[1:]]


def altered(lines: Lines, seq: int, **values: Any) -> Lines:
    body = {**json.loads(lines[seq]), **values}
    return [*lines[:seq], rfc8785.dumps(body) + b"\n", *lines[seq + 1 :]]


# -- what verify.py finds --------------------------------------------------------------------------------------------


def test_a_sound_export_holds(lines: Lines) -> None:
    head = len(lines) - 1
    outcome = verify.verify(lines, [(1, hash_in(lines, 1)), (head, hash_in(lines, head))])
    assert (outcome.entries, outcome.last_hash, len(outcome.compared)) == (head, hash_in(lines, head), 2)


def test_every_checkpoint_given_for_one_entry_is_compared(lines: Lines) -> None:
    """Two copies of a notice may print one number with different codes: none may hide the other."""
    with pytest.raises(Broken):
        verify.verify(lines, [(1, "0" * 64), (1, hash_in(lines, 1))])


def test_each_line_is_the_hashed_body_with_its_hash(lines: Lines) -> None:
    for entry, line in zip(Entry.objects.order_by("seq").filter(book__slug=json.loads(lines[0])["book"]), lines[1:], strict=True):
        body = json.loads(line)
        assert body.pop("hash") == entry.hash == hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def test_a_byte_altered_anywhere_is_found_and_its_entry_named(lines: Lines) -> None:
    whole = b"".join(lines)
    starts = [sum(map(len, lines[:place])) for place in range(len(lines))]
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        line = sum(start <= place for start in starts) - 1
        found = broken_at(bytes(changed).splitlines(keepends=True))
        # The first line names the book and its head: a fault in it shows there or where the entries contradict it.
        assert found == line or (line == 0 and found is not None), place


@pytest.mark.parametrize("seq", [1, 3])
def test_an_altered_entry_is_named(lines: Lines, seq: int) -> None:
    assert broken_at(altered(lines, seq, reason="改过的理由")) == seq


def test_a_cut_tail_is_found_by_the_first_line_and_by_the_checkpoint(lines: Lines) -> None:
    head = len(lines) - 1
    assert broken_at(lines[:-1]) == head
    forged = hashed_again(lines[:-1], 1)
    assert broken_at(forged) is None
    assert broken_at(forged, {head: hash_in(lines, head)}) == head


def test_reordered_entries_are_named(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]
    assert broken_at(lines) == 2


def test_an_inserted_entry_is_named(lines: Lines) -> None:
    assert broken_at([*lines[:3], lines[2], *lines[3:]]) == 3


def test_an_entry_taken_out_is_named(lines: Lines) -> None:
    assert broken_at([*lines[:2], *lines[3:]]) == 2


def test_an_entry_added_at_the_end_is_named(lines: Lines) -> None:
    longer = hashed_again([*lines, lines[-1]], 1)
    assert broken_at([lines[0], *longer[1:]]) == len(lines)


def test_a_book_hashed_again_passes_by_itself_and_fails_the_checkpoint(lines: Lines) -> None:
    """Why checkpoints exist: the forged chain is sound in itself."""
    for seq in range(1, len(lines)):
        forged = hashed_again(altered(lines, seq, reason="改过的理由"), seq)
        assert broken_at(forged) is None
        assert broken_at(forged, {len(lines) - 1: hash_in(lines, len(lines) - 1)}) == len(lines) - 1
        assert broken_at(forged, {seq: hash_in(lines, seq)[:12]}) == seq


def test_lines_that_are_no_entries(lines: Lines) -> None:
    for line in (b"\n", b"[]\n", b"{\n", b'{"a":1.5}\n', b"NaN\n", b'"\xff"\n', b"[" * 5000 + b"\n"):
        assert broken_at([*lines[:2], line, *lines[2:]]) == 2
        assert broken_at([line, *lines[1:]]) == 0
    assert broken_at([]) == 0
    assert broken_at([*lines[:-1], lines[-1].rstrip(b"\n")]) == len(lines) - 1
    assert broken_at([line.replace(b"\n", b"\r\n") for line in lines]) == 0


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=5),
    max_leaves=20,
)


@given(value=plain)
def test_the_canonical_form_is_that_of_the_library(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_names_are_sorted_by_utf16() -> None:
    value = {"\U0001f600": 1, "\ufb33": 2, "é": 3, "1": 4}
    assert canonical(value) == rfc8785.dumps(value)
    assert list(json.loads(canonical(value))) == ["1", "é", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, b"x", {1: 2}, "\ud800"])
def test_what_a_book_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, AttributeError)):
        canonical(value)


# -- as a program ----------------------------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program alone: no site packages, no environment, not even this folder."""
    command = [sys.executable, "-I", "-S", str(PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, cwd="/")


def test_the_program_runs_with_nothing_but_python(lines: Lines, tmp_path: Path) -> None:
    file, head = tmp_path / "book.jsonl", len(lines) - 1
    file.write_bytes(b"".join(lines))
    good = run(str(file), "--checkpoint", f"{head}:{hash_in(lines, head)}")
    assert (good.returncode, "核验通过" in good.stdout, "与凭据一致" in good.stdout) == (HOLDS, True, True)
    assert "没有给出凭据" in run(str(file)).stdout
    file.write_bytes(b"".join(altered(lines, 2, act="x")))
    bad = run(str(file))
    assert (bad.returncode, "第 2 条起不可信" in bad.stdout) == (BROKEN, True)
    assert run(str(tmp_path / "none")).returncode == UNUSABLE
    for checkpoint in ("7", "0:abcdef0", "1:xyz", "1:abc"):
        refused = run(str(file), "--checkpoint", checkpoint)
        assert (refused.returncode, "参数有误" in refused.stderr) == (UNUSABLE, True)


# -- who may take the book along -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OFFICE, HTTPStatus.OK),
        (Role.SUPERVISOR, HTTPStatus.OK),
        (Role.AUDITOR, HTTPStatus.OK),
        (Role.ADMIN, HTTPStatus.NOT_FOUND),
        (Role.LIAISON, HTTPStatus.FORBIDDEN),
    ],
)
def test_who_may_export_a_round(role: str, status: HTTPStatus) -> None:
    book = business_book()
    before = book.entries.count()
    user = make.liaison() if role == Role.LIAISON else make.user(role)
    browser = make.signed_in(user)
    response = browser.get(f"/book/{book.slug}/export.jsonl")
    assert response.status_code == status
    assert book.entries.count() == before + (status == HTTPStatus.OK)
    allowed = HTTPStatus.FORBIDDEN if role == Role.LIAISON else HTTPStatus.OK
    assert browser.get("/book/verify.py").status_code == allowed


@pytest.mark.django_db
def test_a_supervisor_in_a_group_exports_nothing() -> None:
    book = business_book()
    supervisor = make.user(Role.SUPERVISOR)
    book.inspection.supervision_groups.create(number=1, name="一组", lead_unit=make.unit()).members.add(supervisor)
    browser = make.signed_in(supervisor)
    assert [browser.get(path).status_code for path in (f"/book/{book.slug}/export.jsonl", "/book/verify.py")] == [403, 403]


@pytest.mark.django_db
def test_the_export_is_an_act_and_its_own_last_line() -> None:
    book, auditor = business_book(), make.user(Role.AUDITOR)
    response = make.signed_in(auditor).get(f"/book/{book.slug}/export.jsonl")
    assert isinstance(response, StreamingHttpResponse)
    assert "attachment" in response["Content-Disposition"]
    lines = b"".join(response).splitlines(keepends=True)
    last = json.loads(lines[-1])
    assert (last["act_label"], last["actor"]["name"], last["seq"]) == ("导出流水", str(auditor), len(lines) - 1)
    assert broken_at(lines) is None


@pytest.mark.django_db
def test_asking_for_the_head_alone_exports_nothing() -> None:
    book = business_book()
    before = book.entries.count()
    assert make.signed_in(make.office()).head(f"/book/{book.slug}/export.jsonl").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert book.entries.count() == before


@pytest.mark.django_db
def test_the_verifier_is_handed_out_as_it_is() -> None:
    assert make.signed_in(make.office()).get("/book/verify.py").content == PROGRAM.read_bytes()


@pytest.mark.django_db
def test_the_command_writes_a_file_that_holds(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    book, file = business_book(), tmp_path / "out.jsonl"
    call_command("export_book", book.slug, output=file)
    assert broken_at(file.read_bytes().splitlines(keepends=True)) is None
    assert book.entries.order_by("-seq")[0].act == "ledgers.export_book"
    call_command("export_book", book.slug)
    assert broken_at(capsysbinary.readouterr().out.splitlines(keepends=True)) is None
    refusals: list[Callable[[], object]] = [
        lambda: call_command("export_book", "nothing"),
        lambda: call_command("export_book", book.slug, output=file),
    ]
    for refused in refusals:
        with pytest.raises(CommandError):
            refused()
