"""What the worker does for an import: read the file, compare it with the ledger, write it; and how far it is, for the bar of the page."""

from __future__ import annotations

import logging
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache

from apps.measures.importing.comparing import plan_of
from apps.measures.importing.directory import Directory
from apps.measures.importing.layout import Layout
from apps.measures.importing.listing import Round, Settings, layouts_of, tree_of
from apps.measures.importing.opening import opened
from apps.measures.importing.sheets import Workbook
from apps.measures.models import ImportRun, RememberedHeading
from apps.measures.services import importing
from apps.measures.services.files import open_file
from apps.units.errors import ActRefused

log = logging.getLogger(__name__)
UNEXPECTED = "读取时出错，没有写入任何内容。请另存为新的文件后重试；仍不行的，请联系系统管理员"
UNWRITTEN = "写入时出错，已全部撤回，台账没有改变。请点“重新读取”，看过预览后再确认一次；仍不行的，请联系系统管理员"
TOO_SLOW = {
    ImportRun.State.READING: "读取超过时限，没有写入任何内容。请把文件拆小后重新上传",
    ImportRun.State.APPLYING: "写入超过时限，已全部撤回，台账没有改变。请把文件拆小后分次导入",
}
NO_LIST = (
    "没有找到清单的表头：没有一行同时有“序号、反馈问题、整改措施、责任单位、完成时限”中的几项。"
    "请检查工作表里有没有表头行，列标题可以照本单位的习惯写"
)
STAGES = {"open": "正在打开文件", "read": "正在读取内容", "compare": "正在与台账核对", "write": "正在写入台账"}
SPAN = 3600


def work(pk: int) -> None:
    """Do what the run waits for. Whatever goes wrong ends in words on its page."""
    run = importing.claim_import(pk=pk)
    if run is None:
        log.info("import %s: nothing left to do", pk)
        return
    try:
        if run.state == ImportRun.State.APPLYING:
            importing.apply_import(run=run, tell=lambda done, of: tell(run, "write", done, of))
        elif run.kind == ImportRun.Kind.NOTICE:
            importing.read_notice(run)
        else:
            read_list(run)
    except ActRefused as refused:
        importing.fail_import(run=run, error=refused.message)
    except SoftTimeLimitExceeded:
        log.exception("import %s took too long", pk)
        importing.fail_import(run=run, error=TOO_SLOW[ImportRun.State(run.state)])
    except Exception:
        log.exception("import %s failed", pk)
        importing.fail_import(run=run, error=UNWRITTEN if run.state == ImportRun.State.APPLYING else UNEXPECTED)


def read_list(run: ImportRun) -> None:
    """From the file to its tree and its plan; stops where the office has to say what a column or a unit means."""
    tell(run, "open", 0, 1)
    with open_file(run) as file:
        book = opened(run.filename, file.read())
    settings = Settings.from_json(run.choices)
    layouts = layouts_of(book, remembered(), settings)
    if not any(layout.is_list for layout in layouts) and "columns" not in run.choices:
        if not layouts:
            raise ActRefused(NO_LIST)
        importing.keep_read(run=run, outline=file_outline(book, layouts), tree=None, plan=None, state=ImportRun.State.SETTING)
        return
    tell(run, "read", 0, 1)
    names = Directory(run.choices.get("units")).names
    tree = tree_of(layouts, settings, Round(run.inspection.feedback_on, run.inspection.concentrated_months, names))
    plan = plan_of(run, tree, lambda done, of: tell(run, "compare", done, of))
    outline = file_outline(book, layouts)
    asks = outline["asks"] and "columns" not in run.choices
    unknown = any(finding.code in ("unit_unknown", "units_many") for finding in plan.findings)
    state = ImportRun.State.SETTING if asks or unknown else ImportRun.State.READY
    importing.keep_read(run=run, outline=outline, tree=tree, plan=plan, state=state)


def remembered() -> dict[str, str]:
    """What the office said of headings before."""
    return dict(RememberedHeading.objects.values_list("heading", "field"))


def file_outline(book: Workbook, layouts: list[Layout]) -> dict[str, Any]:
    """The file as the page of its columns shows it; ``asks`` where a column is not sure."""
    found = {layout.sheet.name: layout for layout in layouts}
    sheets = []
    for sheet in book.filled:
        layout = found.get(sheet.name)
        sheets.append(
            {
                "name": sheet.name,
                "hidden": sheet.is_hidden,
                "rows": len(sheet.rows),
                "top": layout.top if layout else 0,
                "about": layout.about[:6] if layout else [],
                "is_list": bool(layout and layout.is_list),
                "columns": [column.as_json() | {"sure": column.is_sure} for column in layout.columns] if layout else [],
            }
        )
    read = [layout for layout in layouts if layout.is_list and not layout.sheet.is_hidden]
    asks = any(not column.is_sure and column.samples for layout in read for column in layout.columns)
    return {"sheets": sheets, "asks": asks, "kind": book.kind}


def tell(run: ImportRun, stage: str, done: int, of: int) -> None:
    """How far the run is; kept beside the database, where a transaction would hide it."""
    cache.set(_key(run), {"stage": stage, "done": done, "of": of}, SPAN)


def progress_of(run: ImportRun) -> dict[str, Any]:
    found: dict[str, Any] = cache.get(_key(run)) or {}
    return {"words": STAGES.get(found.get("stage", ""), "等待后台处理"), "done": found.get("done", 0), "of": found.get("of", 0)}


def _key(run: ImportRun) -> str:
    """By version: whenever it is asked for anew, the run begins anew."""
    return f"import-{run.pk}-{run.version}"
