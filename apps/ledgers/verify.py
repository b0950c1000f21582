#!/usr/bin/env python3
"""核验一份台账导出（JSON Lines），或一版公开通报，不需要网络、数据库和任何附加软件，只要 Python 3.11 以上。

    python verify.py 台账.jsonl
    python verify.py 台账.jsonl --checkpoint 1234:5f0c…   （公开通报上印的台账序号和指纹，可以给多个）

    python verify.py 发布凭据.json --notice 通报.json   （公开通报“如何核对”页下载的两个文件）

逐条重新计算指纹（RFC 8785 规范 JSON 的 SHA-256），看首尾是否相连，再与给出的凭据比对。
整本重做的台账自己是连得上的，只有与留在别处的凭据比对才看得出来，所以请尽量带上 --checkpoint。
核验通报时，重新计算全文和台账里发布它的那条记录的指纹，看那条记录写的是不是这份全文。

退出码：0 核验通过；1 台账不可信，并指出第一条有问题的序号；2 参数或文件有误，没有核验。
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "jiandi-book/1"
PROOF_FORMAT = "jiandi-edition/1"
PUBLISH = "reports.publish"
BODY_FORMAT = 1
LARGEST = 2**53 - 1
SHORTEST_CODE = 7
HOLDS, BROKEN, UNUSABLE = 0, 1, 2
BODY = frozenset(("act", "act_label", "actor", "at", "book", "correlation", "format", "payload", "prev_hash", "reason", "seq", "subject"))


class Broken(Exception):
    """The export is not what it should be, from entry ``seq`` on."""

    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq, self.problem = seq, problem


@dataclass
class Outcome:
    """What was read: the book, how many entries, the last hash."""

    book: str
    entries: int = 0
    last_hash: str = ""
    compared: list[str] = field(default_factory=list)


def canonical(value: Any) -> bytes:
    """RFC 8785 for the plain values a book holds: no floats; integers that every reader of JSON keeps exactly."""
    return "".join(_pieces(value)).encode("utf-8")


def _pieces(value: Any) -> Iterator[str]:
    if value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            raise ValueError("整数太大")
        yield str(value)
    elif isinstance(value, list):
        yield "["
        for place, item in enumerate(value):
            yield "," if place else ""
            yield from _pieces(item)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for place, key in enumerate(sorted(value, key=_by_utf16)):
            yield f"{',' if place else ''}{json.dumps(key, ensure_ascii=False)}:"
            yield from _pieces(value[key])
        yield "}"
    else:
        raise ValueError(f"台账里没有 {type(value).__name__} 这种值")


def _by_utf16(key: str) -> bytes:
    """RFC 8785 sorts names by their UTF-16 code units."""
    return key.encode("utf-16-be")


def read_line(line: bytes) -> dict[str, Any]:
    """One line as the object it must be; anything but its one canonical spelling is refused, so that no byte is left unchecked."""
    if not line.endswith(b"\n"):
        raise ValueError("行尾不完整")
    value = json.loads(line.decode("utf-8"))
    if not isinstance(value, dict):
        raise ValueError("不是一条记录")
    if canonical(value) + b"\n" != line:
        raise ValueError("写法不是规范 JSON")
    return value


def hash_of(body: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()


def verify(lines: Iterable[bytes], checkpoints: Iterable[tuple[int, str]]) -> Outcome:
    """Read the whole export; raises :class:`Broken` with the first entry that does not hold."""
    source = iter(lines)
    header = _header(next(source, b""))
    head = header["head"]
    outcome = Outcome(header["book"])
    waiting: dict[int, list[str]] = {}
    for seq, code in checkpoints:
        waiting.setdefault(seq, []).append(code)
    for line in source:
        seq = outcome.entries + 1
        outcome.last_hash = _entry(line, seq, outcome)
        outcome.entries = seq
        if seq in waiting:
            for code in waiting.pop(seq):
                _compare(seq, outcome.last_hash, code)
            outcome.compared.append(f"第 {seq} 条")
    _end(outcome, head, waiting)
    return outcome


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = read_line(line)
    except (ValueError, RecursionError) as error:
        raise Broken(0, f"首行不是台账导出的首行（{_reason(error)}）") from error
    if header.get("format") != FORMAT:
        raise Broken(0, f"首行的格式不是 {FORMAT}，请使用与导出同一版本的核验程序")
    head = header.get("head")
    sound = set(header) == {"book", "format", "head"} and isinstance(header["book"], str)
    if not sound or not isinstance(head, dict) or set(head) != {"hash", "seq"} or not isinstance(head["seq"], int):
        raise Broken(0, "首行缺少台账代号或末号、末端指纹，或有多余的内容")
    return header


def _entry(line: bytes, seq: int, before: Outcome) -> str:
    """The hash of the entry that must follow, when it is sound."""
    try:
        body = read_line(line)
    except (ValueError, RecursionError) as error:
        raise Broken(seq, f"第 {seq} 条读不出来（{_reason(error)}）") from error
    stated = body.pop("hash", None)
    if set(body) != BODY or body["format"] != BODY_FORMAT:
        raise Broken(seq, f"第 {seq} 条的项目不齐或有多余")
    if body["seq"] != seq:
        raise Broken(seq, f"这里应是第 {seq} 条，却写着第 {body['seq']} 条：有条目被删、被加或换了次序")
    if body["book"] != before.book:
        raise Broken(seq, f"第 {seq} 条不属于这本台账")
    if body["prev_hash"] != before.last_hash:
        raise Broken(seq, f"第 {seq} 条与前一条不相连")
    found = hash_of(body)
    if stated != found:
        raise Broken(seq, f"第 {seq} 条内容与指纹不符")
    return found


def verify_notice(notice: bytes, proof: bytes, checkpoints: Iterable[tuple[int, str]]) -> str:
    """Whether the bytes are the notice that the entry of the book in the proof published; the entry's hash. Raises :class:`Broken`."""
    try:
        found = read_line(proof)
    except (ValueError, RecursionError) as error:
        raise Broken(0, f"发布凭据读不出来（{_reason(error)}）") from error
    entry = found.get("entry")
    if found.get("format") != PROOF_FORMAT or not isinstance(entry, dict):
        raise Broken(0, f"发布凭据的格式不是 {PROOF_FORMAT}，请使用与它同一网站的核验程序")
    body = {key: value for key, value in entry.items() if key != "hash"}
    payload, seq = body.get("payload"), body.get("seq")
    if set(body) != BODY or not isinstance(payload, dict) or not isinstance(seq, int) or body["act"] != PUBLISH:
        raise Broken(0, "发布凭据里不是发布通报的记录")
    if hash_of(body) != entry.get("hash"):
        raise Broken(0, f"台账第 {seq} 条内容与指纹不符：凭据被改动过")
    if payload.get("sha256") != hashlib.sha256(notice).hexdigest():
        raise Broken(0, f"通报全文与台账第 {seq} 条记录的指纹不符：全文被改动过，或不是这一版")
    named = {"seq": seq, "hash": entry["hash"]}
    stated = found.get("edition")
    same = isinstance(stated, dict) and [stated.get("number"), stated.get("sha256")] == [payload.get("edition"), payload["sha256"]]
    if found.get("checkpoint") != named or not same:
        raise Broken(0, "发布凭据前后不一致：版次、指纹或台账序号与记录不同")
    for expected_seq, expected in checkpoints:
        if expected_seq != seq:
            raise Broken(0, f"这一版是台账第 {seq} 条发布的，不是第 {expected_seq} 条")
        _compare(seq, str(entry["hash"]), expected)
    return str(entry["hash"])


def _compare(seq: int, found: str, expected: str) -> None:
    if not found.startswith(expected):
        raise Broken(seq, f"第 {seq} 条与凭据不符：凭据是 {expected}，这份导出里是 {found}。这一条或更早的条目被改写过")


def _end(outcome: Outcome, head: dict[str, Any], waiting: dict[int, list[str]]) -> None:
    """Nothing may be missing at the end, neither by the first line nor by a checkpoint."""
    following = outcome.entries + 1
    if waiting:
        raise Broken(following, f"导出到第 {outcome.entries} 条为止，凭据却有第 {max(waiting)} 条：后面的条目被删")
    if head["seq"] != outcome.entries:
        cut = head["seq"] > outcome.entries
        words = "后面的条目可能被删" if cut else "后面的条目是加上去的"
        raise Broken(following if cut else max(1, head["seq"] + 1), f"首行写的末号是 {head['seq']}，实有 {outcome.entries} 条：{words}")
    if head["hash"] != outcome.last_hash:
        raise Broken(max(1, outcome.entries), "末条指纹与首行写的末端指纹不符")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "不是 JSON"
    if isinstance(error, UnicodeError):
        return "不是 UTF-8 文字"
    return str(error) if not isinstance(error, RecursionError) else "嵌套太深"


def checkpoint_of(text: str) -> tuple[int, str]:
    """“序号:指纹”；指纹可以只写开头几位（至少 7 位），中间的空格不算。"""
    found = re.fullmatch(r"(\d{1,12})[:：]([0-9a-f]+)", re.sub(r"\s", "", text).lower())
    if found is None or not SHORTEST_CODE <= len(found[2]) <= 64 or int(found[1]) < 1:
        raise argparse.ArgumentTypeError(f"凭据要写成“序号:指纹”，指纹至少 {SHORTEST_CODE} 位，例如 1234:5f0c2ab；收到的是“{text}”")
    return int(found[1]), found[2]


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in Chinese first."""

    def error(self, message: str) -> Any:
        self.exit(UNUSABLE, f"参数有误：{message}\n用法：python verify.py 台账.jsonl [--checkpoint 序号:指纹]\n")


def main(arguments: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="台账导出文件（.jsonl），或发布凭据（.json）")
    parser.add_argument("--notice", type=Path, metavar="通报.json", help="要核验的通报全文，file 是它的发布凭据")
    parser.add_argument("--checkpoint", type=checkpoint_of, action="append", default=[], metavar="序号:指纹", help="留在别处的凭据")
    options = parser.parse_args(arguments)
    try:
        if options.notice is not None:
            return _notice(options)
        with options.file.open("rb") as lines:
            outcome = verify(lines, options.checkpoint)
    except OSError as error:
        sys.stderr.write(f"打不开文件 {error.filename}：{error.strerror}\n")
        return UNUSABLE
    except Broken as broken:
        what = "这份通报不可信" if options.notice is not None else "这不是一份可以核验的台账导出"
        place = f"第 {broken.seq} 条起不可信" if broken.seq else what
        sys.stdout.write(f"核验不通过。{place}：{broken.problem}。\n请保留这份文件，并与其他备份、公开通报上的凭据比对。\n")
        return BROKEN
    sys.stdout.write(f"核验通过。台账 {outcome.book}：重新计算了全部 {outcome.entries} 条的指纹，首尾相连。\n")
    sys.stdout.write(f"末号 {outcome.entries}，末端指纹 {outcome.last_hash}\n")
    compared = "、".join(outcome.compared)
    sys.stdout.write(
        f"与凭据一致：{compared}。\n" if compared else "没有给出凭据：整本重做的台账也会通过，请用 --checkpoint 与通报上印的指纹比对。\n"
    )
    return HOLDS


def _notice(options: argparse.Namespace) -> int:
    proof = options.file.read_bytes()
    found = verify_notice(options.notice.read_bytes(), proof, options.checkpoint)
    stated = json.loads(proof)
    seq, edition = stated["entry"]["seq"], stated["edition"]["number"]
    sys.stdout.write(f"核验通过。这份全文就是台账第 {seq} 条记录发布的第 {edition} 版。\n台账指纹 {found}\n")
    sys.stdout.write("与凭据一致。\n" if options.checkpoint else "没有给出凭据：请把上面的台账指纹与通报印件或您另外记下的比对。\n")
    return HOLDS


if __name__ == "__main__":
    sys.exit(main())
