"""/verify: what a fingerprint belongs to; and the proof of an edition, checked without this site."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.ledgers import verify as program
from apps.reports.content import text_of
from apps.reports.models import Edition, RenderedFile, Rendering
from apps.reports.verification import fingerprint_in, hash_of_words, match, words_of
from tests import factories
from tests.test_corrections import corrected
from tests.test_editions import published, rewrite

pytestmark = pytest.mark.django_db
PROGRAM = Path(program.__file__)


def answer(client: Client, sha256: str) -> str:
    response = client.get("/verify/", {"sha256": sha256})
    assert response.status_code == 200
    assert not response.cookies
    return response.content.decode()


def rendered(edition: Edition, sha256: str, *, of_edition: bool = True) -> None:
    facts = {"content": edition.content, "sha256": edition.sha256, "asked_by": edition.published_by}
    made = Rendering.objects.create(notice=edition.notice, edition=edition if of_edition else None, **facts)
    RenderedFile.objects.create(rendering=made, kind="pdf", filename="a.pdf", media_type="application/pdf", size=1, sha256=sha256)


class TestAnswers:
    def test_genuine(self, client: Client) -> None:
        edition = published()
        shown = answer(client, edition.sha256)
        assert "是本站发布的，现行有效" in shown
        assert f"第 {edition.checkpoint_seq} 条" in shown

    def test_superseded_by_a_newer_edition(self, client: Client) -> None:
        first = published()
        factories.measure(first.inspection.issues.get(number=1))
        second = published(first.inspection)
        assert first.sha256 != second.sha256
        shown = answer(client, first.sha256)
        assert "已被取代" in shown
        assert reverse("reports:edition", args=(second.pk,)) in shown

    def test_superseded_by_a_correction_with_its_reason(self, client: Client) -> None:
        first = published()
        corrected(first)
        shown = answer(client, first.sha256)
        assert "这一版已经更正，更正理由：第一条金额有误" in shown

    def test_unknown(self, client: Client) -> None:
        published()
        assert "没有找到" in answer(client, "0" * 64)

    def test_nothing_published_yet(self, client: Client) -> None:
        assert "没有找到" in answer(client, "0" * 64)
        assert "没有找到" not in client.get("/verify/").content.decode()

    def test_what_is_no_fingerprint_is_said(self, client: Client) -> None:
        assert "这不是指纹" in answer(client, "abc")
        assert "这不是指纹" in answer(client, "字" * 5000)

    def test_a_rendered_file(self, client: Client) -> None:
        edition = published()
        rendered(edition, "a" * 64)
        assert "PDF" in answer(client, "a" * 64)

    def test_a_file_of_a_draft_is_unknown(self, client: Client) -> None:
        """The control is the test above."""
        rendered(published(), "a" * 64, of_edition=False)
        assert "没有找到" in answer(client, "a" * 64)

    def test_words_of_the_whole_and_of_an_item(self) -> None:
        edition = published()
        for text, what in (
            (text_of(edition.content), "全文文字"),
            (edition.content["title"] + text_of(edition.content).replace("，", " ,\n"), "标题和全文文字"),
            ("1 整改事项1\n已全部整改到位", "第 1 条的文字"),
        ):
            found = match(hash_of_words(text))
            assert found is not None
            assert found.what == what
        assert match(hash_of_words("1 整改事项1\n已全部整改到粒")) is None

    def test_words_that_are_in_both_belong_to_the_newer(self) -> None:
        first = published()
        second = corrected(first)
        found = match(hash_of_words("2.整改事项2。已制定办法。"))
        assert found is not None
        assert (found.edition, found.newer) == (second, None)

    def test_an_edition_that_was_tampered_with_is_not_called_good(self, client: Client) -> None:
        edition = published()
        rewrite("UPDATE reports_edition SET content = %s WHERE id = %s", json.dumps({**edition.content, "title": "别的"}), edition.pk)
        assert "本站保存的记录有变动" in answer(client, edition.sha256)

    def test_posting_is_refused(self, client: Client) -> None:
        """Nothing can be uploaded."""
        assert client.post("/verify/", {"sha256": "0" * 64}).status_code == 405

    def test_needs_the_same_queries_for_many_editions(self, client: Client) -> None:
        first = published()
        few = self._queries(client)
        for _ in range(4):
            published(first.inspection)
        self._queries(client)
        assert self._queries(client) <= few

    def _queries(self, client: Client) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer(client, "0" * 64)
        return len(queries)


FORMS = {
    "ab" * 32: "ab" * 32,
    "AB" * 32: "ab" * 32,
    " ".join(["abababab"] * 8): "ab" * 32,
    f"{'ab' * 32}  notice.pdf": "ab" * 32,
    f"SHA256 哈希(notice.pdf):\n{'ab' * 32}\nCertUtil: 成功": "ab" * 32,
    "ab" * 31: "",
    "ab" * 33: "",
    "": "",
}


@pytest.mark.parametrize("typed", FORMS)
def test_fingerprints_are_read_as_programs_print_them(typed: str) -> None:
    assert fingerprint_in(typed) == FORMS[typed]


def test_words_leave_out_what_copying_changes() -> None:
    assert words_of("（一）追缴１２.22 万元，\n处理7名。") == words_of("(一)追缴12.22万元,处理7名.") == "一追缴12.22万元处理7名"


@pytest.mark.parametrize(
    ("published", "altered"),
    [
        ("追缴12.22万元", "追缴1222万元"),
        ("追缴12.22万元", "追缴1.222万元"),
        ("第1、2项", "第12项"),
        ("增长5%", "增长5‰"),
        ("占5%", "占5"),
        ("增长6.2%", "增长-6.2%"),
        ("比例3:1", "比例31"),
        ("2025年1-7月", "2025年17月"),
    ],
)
def test_words_keep_what_makes_a_number_another_one(published: str, altered: str) -> None:
    assert hash_of_words(published) != hash_of_words(altered)


def test_the_page_computes_the_words_as_the_site_does() -> None:
    """Both programs, over the same texts: with what copying changes, and with what it does not."""
    node = shutil.which("node")
    assert node, "node is part of what a developer installs"
    script = Path("static/js/verify.js").read_text()
    found = re.search(r"const wordsOf = .*?\n  };\n", script, re.DOTALL)
    assert found
    texts = ["（一）追缴１２.22 万元，\n处理7名。", "30%～40%；2024——2025年，第1)、2项。", "增长−6.2%，¼的𝟕个村", "", "。", "1.", "3：1/2"]
    program = f"{found[0]}\nconsole.log(JSON.stringify({json.dumps(texts)}.map(wordsOf)))"
    said = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == [words_of(text) for text in texts]


# -- offline ---------------------------------------------------------------------------------------------------------


def downloads(client: Client, folder: Path, edition: Edition) -> tuple[Path, Path]:
    """The two files of the page, as a reader keeps them."""
    notice, proof = folder / "notice.json", folder / "proof.json"
    notice.write_bytes(client.get(reverse("reports:edition-json", args=(edition.pk,))).content)
    proof.write_bytes(client.get(reverse("reports:proof", args=(edition.pk,))).content)
    return notice, proof


def run(proof: Path, notice: Path, *more: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(PROGRAM), str(proof), "--notice", str(notice), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


class TestOffline:
    def test_notice_with_its_proof_holds(self, client: Client, tmp_path: Path) -> None:
        edition = published()
        notice, proof = downloads(client, tmp_path, edition)
        checkpoint = f"{edition.checkpoint_seq}:{edition.checkpoint_hash}"
        assert run(proof, notice)[0] == 0
        code, said = run(proof, notice, "--checkpoint", checkpoint)
        assert (code, "与凭据一致" in said, edition.checkpoint_hash in said) == (0, True, True)

    def test_program_is_downloaded_as_it_is(self, client: Client) -> None:
        assert client.get(reverse("reports:verifier")).content == PROGRAM.read_bytes()

    def test_altered_notice(self, client: Client, tmp_path: Path) -> None:
        notice, proof = downloads(client, tmp_path, published())
        notice.write_bytes(notice.read_bytes().replace("已全部".encode(), "未全部".encode()))
        code, said = run(proof, notice)
        assert (code, "全文被改动过" in said) == (1, True)

    def test_altered_entry(self, client: Client, tmp_path: Path) -> None:
        notice, proof = downloads(client, tmp_path, published())
        found = json.loads(proof.read_bytes())
        found["entry"]["payload"]["approved_by"] = "别人"
        proof.write_bytes(program.canonical(found) + b"\n")
        code, said = run(proof, notice)
        assert (code, "凭据被改动过" in said) == (1, True)

    def test_entry_made_anew_differs_from_the_checkpoint_kept_elsewhere(self, client: Client, tmp_path: Path) -> None:
        edition = published()
        notice, proof = downloads(client, tmp_path, edition)
        notice.write_bytes(notice.read_bytes().replace("已全部".encode(), "未全部".encode()))
        found = json.loads(proof.read_bytes())
        forged = hashlib.sha256(notice.read_bytes()).hexdigest()
        found["edition"]["sha256"] = found["entry"]["payload"]["sha256"] = forged
        body = {key: value for key, value in found["entry"].items() if key != "hash"}
        found["entry"]["hash"] = found["checkpoint"]["hash"] = program.hash_of(body)
        proof.write_bytes(program.canonical(found) + b"\n")
        assert run(proof, notice)[0] == 0
        code, said = run(proof, notice, "--checkpoint", f"{edition.checkpoint_seq}:{edition.checkpoint_hash}")
        assert (code, "与凭据不符" in said) == (1, True)

    @pytest.mark.parametrize("data", [b"", b"{}", b"[]\n", b'{"format":"jiandi-edition/1"}\n', "字\n".encode(), b"\xff\n"])
    def test_what_is_no_proof(self, client: Client, tmp_path: Path, data: bytes) -> None:
        notice, proof = downloads(client, tmp_path, published())
        proof.write_bytes(data)
        code, said = run(proof, notice)
        assert (code, "核验不通过" in said) == (1, True)

    def test_missing_file(self, tmp_path: Path) -> None:
        assert run(tmp_path / "none.json", tmp_path / "none.json")[0] == 2

    def test_edition_whose_entry_is_gone_has_no_proof(self, client: Client) -> None:
        edition = published()
        rewrite("DELETE FROM ledgers_entry WHERE book_id = %s AND seq = %s", edition.inspection.book_id, edition.checkpoint_seq)
        assert client.get(reverse("reports:proof", args=(edition.pk,))).status_code == 404
