"""A notice as a start: handed in, corrected by the office part by part, then accepted and previewed like a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.issues.models import Inspection
from apps.issues.services import require_office
from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.importing.comparing import plan_of
from apps.measures.importing.notice_runs import draft_of
from apps.measures.importing.notices import correcting
from apps.measures.importing.notices.correcting import IssueWords
from apps.measures.importing.notices.sources import MOST_BYTES, lines_in
from apps.measures.importing.tree import Kind, Tree
from apps.measures.models import Act, ImportRun
from apps.measures.services.importing.running import begun, keep_read, locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Unit, User
from apps.units.workflow import apply

TEXT_NAME = "粘贴的通报.txt"
MEDIA_TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "html": "text/html", "htm": "text/html"}
ISSUES, ASPECTS, PARTS = (Kind.ISSUE,), (Kind.CATEGORY,), (Kind.ISSUE, Kind.CATEGORY)
GONE = "这一部分已经不在草稿里了，请刷新页面"


@transaction.atomic
def start_notice(*, actor: User, inspection: Inspection, file: UploadedFile[bytes] | None = None, text: str = "") -> ImportRun:
    """Keep the notice, as a file or as pasted words, and have it read. What cannot be read is refused at once."""
    require_office(actor, Act.UPLOAD_IMPORT)
    if bool(file) == bool(text.strip()):
        raise ActRefused("请上传文件，或粘贴正文，两样选一样", field="file")
    if file is not None and (file.size or 0) > MOST_BYTES:
        raise ActRefused(f"文件超过 {MOST_BYTES // 1_048_576} MB 上限，通报正文不会这么大，请检查是否选错", field="file")
    name = (file.name or "通报") if file else TEXT_NAME
    data = b"".join(file.chunks()) if file else text.encode()
    lines_in(data)
    media_type = MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "text/plain")
    return begun(actor=actor, inspection=inspection, name=name, media_type=media_type, data=data, kind=ImportRun.Kind.NOTICE)


def read_notice(run: ImportRun) -> None:
    """What the worker does: the draft is kept for the office to correct; one that is there stays, and is compared anew if accepted."""
    if run.tree:
        kept, accepted = Tree.from_json(run.tree), bool(run.choices.get("accepted"))
        plan = plan_of(run, Tree.from_json(run.tree)) if accepted else None
        keep_read(run=run, outline=run.outline, tree=kept, plan=plan, state=ImportRun.State.READY if accepted else ImportRun.State.SETTING)
        return
    tree, outline = draft_of(run, run.choices.get("reading", ""))
    keep_read(run=run, outline=outline, tree=tree, plan=None, state=ImportRun.State.SETTING)


@transaction.atomic
def choose_reading(*, actor: User, run: ImportRun, reading: str, version: int | None = None) -> ImportRun:
    """Read the text another way; corrections made so far are lost with the tree they were made on."""
    row = _open(actor, run, version)
    known = [one[0] for one in row.outline.get("readings", [])]
    if reading not in known:
        raise ActRefused("没有这种读法，请从列出的几种中选择", field="reading")
    zone = reading.partition(":")[0]
    kept = [one for one in str(row.choices.get("reading", "")).split(";") if one and not one.startswith(f"{zone}:")]
    row.choices = {**row.choices, "reading": ";".join([*kept, reading])}
    tree, row.outline = draft_of(row, row.choices["reading"])
    return _kept(actor, row, tree, "换一种读法")


@transaction.atomic
def amend_draft(*, actor: User, run: ImportRun, key: str, words: IssueWords, version: int | None = None) -> ImportRun:
    """Correct one issue of the draft."""

    def change(tree: Tree) -> None:
        if words.category and words.category not in {node.key for node in tree.nodes}:
            raise ActConflict(GONE)
        correcting.amend(tree, key, words)

    return _corrected(actor, run, version, key, change, "改", ISSUES)


@transaction.atomic
def drop_draft(*, actor: User, run: ImportRun, key: str, version: int | None = None) -> ImportRun:
    """Take a part out of the draft that is no issue."""
    return _corrected(actor, run, version, key, lambda tree: correcting.drop(tree, key), "去掉", PARTS)


@transaction.atomic
def join_draft(*, actor: User, run: ImportRun, key: str, version: int | None = None) -> ImportRun:
    """Make an issue of the draft a measure of the one before it."""

    def change(tree: Tree) -> None:
        if next(tree.walk(Kind.ISSUE)).key == key:
            raise ActRefused("这是第一条问题，前面没有可以并入的")
        correcting.join(tree, key)

    return _corrected(actor, run, version, key, change, "并入上一条", ISSUES)


@transaction.atomic
def name_draft_category(*, actor: User, run: ImportRun, key: str, title: str, version: int | None = None) -> ImportRun:
    """Give an aspect of the draft another name."""
    return _corrected(actor, run, version, key, lambda tree: correcting.name_category(tree, key, title), "改名", ASPECTS)


@transaction.atomic
def add_to_draft(*, actor: User, run: ImportRun, title: str, category: str = "", version: int | None = None) -> ImportRun:
    """Add an issue to an aspect, or an aspect where none is named."""
    row = _open(actor, run, version)
    tree = Tree.from_json(row.tree)
    if category:
        if category not in {node.key for node in tree.nodes}:
            raise ActConflict(GONE)
        correcting.add_issue(tree, category, title)
    else:
        correcting.add_category(tree, title)
    return _kept(actor, row, tree, f"添加“{title[:40]}”")


@transaction.atomic
def accept_draft(*, actor: User, run: ImportRun, lead_unit: Unit | None, due_on: dt.date | None, version: int | None = None) -> ImportRun:
    """The draft is right: compare it with the ledger, for the preview that is confirmed. What a notice never says is filled in once."""
    row = _open(actor, run, version)
    feedback_on = row.inspection.feedback_on
    if due_on is not None and due_on < feedback_on:
        raise ActRefused(f"不能早于反馈日期 {feedback_on}，请核对", field="due_on")
    tree = Tree.from_json(row.tree)
    tree.nodes = [node for node in tree.nodes if node.of_kind(Kind.ISSUE)]
    if not tree.nodes:
        raise ActRefused("草稿里没有问题，不能预览")
    # The numbers of a notice are its own; issues that the ledger does not know come after those that it has.
    filled = {"renumber": True, "lead_unit": lead_unit.pk if lead_unit else None, "due_on": due_on.isoformat() if due_on else None}
    row.choices = {**row.choices, **filled, "accepted": True}
    correcting.renumber(tree)
    plan = plan_of(row, Tree.from_json(tree.as_json()))
    row.tree, row.plan, row.state = tree.as_json(), plan.as_json(), ImportRun.State.READY
    row.version += 1
    row.save()
    _record(actor, row, "采用草稿")
    return row


def _corrected(
    actor: User, run: ImportRun, version: int | None, key: str, change: Callable[[Tree], Any], what: str, kinds: Collection[Kind]
) -> ImportRun:
    """One correction of the part with that key, which must be there and of one of the kinds that can be so corrected."""
    row = _open(actor, run, version)
    tree = Tree.from_json(row.tree)
    node = tree.find(key)
    if node is None or node.kind not in kinds:
        raise ActConflict(GONE)
    title = node.text("title")[:40]
    change(tree)
    return _kept(actor, row, tree, f"{what}“{title}”")


def _open(actor: User, run: ImportRun, version: int | None) -> ImportRun:
    """The run's row, locked, in a state in which its draft may be corrected."""
    row = locked(run, version)
    apply(workflow.CORRECT_DRAFT, row, field="state", actor=actor)
    if row.kind != ImportRun.Kind.NOTICE:
        raise ActConflict("这不是通报的导入")
    return row


def _kept(actor: User, row: ImportRun, tree: Tree, what: str) -> ImportRun:
    row.tree, row.plan, row.choices = tree.as_json(), {}, {**row.choices, "accepted": False}
    row.version += 1
    row.save()
    _record(actor, row, what)
    return row


def _record(actor: User, row: ImportRun, what: str) -> None:
    payload = {"file": row.filename, "sha256": row.sha256, "draft": what}
    record(row.inspection.book, actor=actor, act=Act.SET_IMPORT, subject=row, payload=payload)
