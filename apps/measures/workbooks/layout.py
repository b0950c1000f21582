"""What stands where in a unit's workbook, for whoever writes and whoever reads it; and the marks by which rows are known again.

A mark names the row and what of the ledger it was made from, sealed with the house's key: a mark that was changed, or copied into the
workbook of another unit, is none.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any, Self

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from apps.issues.forms.issues import LONGEST_TEXT
from apps.measures.models import Evidence, Measure, Progress

FORMAT = 1
GUIDE, MEASURES, FIGURES, EVIDENCE, PASSPORT = "填报说明", "措施填报", "成效数据", "佐证材料", "系统信息"
HEAD_ROW = 4
"""Title and two lines of notes stand above the headings of every sheet."""
YES = "是"
CLAIMS = {label: value for value, label in Progress.CLAIMS}
SALT = "measures.workbook"
SEAL_LENGTH = 12
SEALED = re.compile(rf"\d+(\.\d+)*\.[0-9a-f]{{{SEAL_LENGTH}}}", re.ASCII)


@dataclass(frozen=True)
class Column:
    """A column: its key, its heading, its width in characters. ``kind`` is empty for a reference, which is locked, else what is filled
    in: ``text``, ``day``, ``number``, ``claim``, ``yes``, ``row`` (the number of a measure). ``longest``: characters."""

    key: str
    heading: str
    width: int
    kind: str = ""
    hint: str = ""
    longest: int = 0


def _length(model: type[Measure] | type[Progress] | type[Evidence], name: str) -> int:
    return getattr(model._meta.get_field(name), "max_length", None) or LONGEST_TEXT


MARK = Column("mark", "行标记（请勿改动）", 12)
NUMBER = Column("number", "编号", 8)
REFERENCES = (
    MARK,
    NUMBER,
    Column("title", "整改事项", 20),
    Column("text", "整改措施", 36),
    Column("pace", "整改类型", 9),
    Column("due", "整改时限", 12),
    Column("state", "现状态", 10),
    Column("timeliness", "时限情况", 12),
    Column("last", "最近一次填报", 32),
    Column("note", "填报提示", 26),
    Column("provenance", "示例标注", 14),
)
FILLED = (
    Column("claim", "本期状态", 11, "claim", "从列表中选：推进中、阶段性完成、已完成。不填报的措施整行留空。"),
    Column("report", "本期进展", 40, "text", "写明做了什么、取得什么成效。", _length(Progress, "text")),
    Column("as_of", "截至日期", 12, "day", "进展说到哪一天，例如 2025-08-31。不早于反馈日期，不晚于填报当天。"),
    Column("difficulties", "未完成原因", 26, "text", "报“阶段性完成”必须写明。", _length(Progress, "difficulties")),
    Column("next_step", "下步打算", 26, "text", "", _length(Progress, "next_step")),
    Column("signed_by", "签发领导", 11, "text", "审阅本期填报的单位负责人姓名。", _length(Progress, "signed_by")),
    Column("vouched", "真实性承诺", 9, "yes", "本单位主要负责人已审阅，承诺内容真实、准确、完整的，选“是”。不选不能提交。"),
    Column("stage_goal", "下一阶段目标", 24, "text", "长期坚持的措施报“阶段性完成”时填写，其他情况留空。", _length(Progress, "stage_goal")),
    Column("next_review_on", "下次复核日期", 12, "day", "长期坚持的措施报“阶段性完成”时填写，一年以内。"),
)
OF_MEASURES = (*REFERENCES, *FILLED)
OF_FIGURES = (
    MARK,
    Column("issue", "问题编号", 8),
    Column("name", "指标", 26),
    Column("unit", "单位", 8),
    Column("due_amount", "应完成数", 14),
    Column("latest", "上次累计数", 14),
    Column("latest_as_of", "上次截至", 12),
    Column("number", "随哪条措施填报", 12, "row", "这个数随哪条措施的填报一起报，填措施编号。"),
    Column("value", "累计数", 14, "number", "填累计数，不填本期新增；没有变化的留空。单位见前面一列。"),
    Column("as_of", "截至日期", 12, "day", "这个数截至哪一天。"),
)
OF_EVIDENCE = (
    MARK,
    Column("number", "措施编号", 10, "row", "这份材料证明哪条措施。"),
    Column("file", "文件名", 34, "text", "压缩包（ZIP）里的文件名，带扩展名，例如 缴款回单.pdf。", 255),
    Column("name", "材料名称", 28, "text", "不填的，用文件名。", _length(Evidence, "name")),
    Column("effective_on", "材料日期", 12, "day", "材料说的是哪一天，不是上传日期。"),
    Column("description", "材料说明", 34, "text", "", _length(Evidence, "description")),
    Column("again", "沿用上次材料", 12, "yes", "只用于灰底的行：随退回的填报交过的材料仍然有效，选“是”，不用再放进压缩包。"),
)


@dataclass(frozen=True)
class Passport:
    """What the workbook says of itself: whose it is, of which round, from which entry of the book on it knows nothing."""

    inspection: int
    unit: int
    seq: int
    made_on: dt.date
    made_by: str

    def sealed(self) -> str:
        facts = {"format": FORMAT, **vars(self), "made_on": self.made_on.isoformat()}
        return Signer(salt=SALT).sign_object(facts)

    @classmethod
    def opened(cls, text: str) -> Self:
        """Raises BadSignature where the seal is broken, ValueError where the format is of a later version."""
        if not text.isascii():
            raise BadSignature("no seal of this house")
        facts: dict[str, Any] = Signer(salt=SALT).unsign_object(text)
        if facts.pop("format", None) != FORMAT:
            raise ValueError(json.dumps(facts))
        return cls(**{**facts, "made_on": dt.date.fromisoformat(facts["made_on"])})


def mark(unit: int, *parts: int) -> str:
    """The mark of a row of that unit's workbook: its keys and versions, sealed."""
    words = ".".join(map(str, parts))
    return f"{words}.{_seal(unit, words)}"


def parts_of(text: str, unit: int, count: int) -> tuple[int, ...] | None:
    """The keys and versions of a mark; None where it is none, or of another unit's workbook."""
    words, _point, seal = text.strip().rpartition(".")
    if not SEALED.fullmatch(text.strip()) or not hmac.compare_digest(seal.encode(), _seal(unit, words).encode()):
        return None
    parts = tuple(int(part) for part in words.split("."))
    return parts if len(parts) == count else None


def _seal(unit: int, words: str) -> str:
    return salted_hmac(SALT, f"{unit}:{words}", algorithm="sha256").hexdigest()[:SEAL_LENGTH]
