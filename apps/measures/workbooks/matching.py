"""Files in ZIP packages, found by the names that a workbook gives them.

A name may be written with its folders or without, in whatever case and width; folders named by a measure (“63-2/回单.pdf”) tell files of
one name apart. What fits no one file is said, never guessed. A package is unpacked and its files are checked once, when it comes in
(:func:`listing_of`); a file is taken out again when its report is submitted (:class:`Contents`).
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.measures.models import WorkbookPackage
from apps.measures.services.content import DAMAGED, checked_type
from apps.measures.services.content.names import plain_name
from apps.measures.services.content.verdict import refusal
from apps.measures.services.content.zips import TOO_LARGE, Budget, Package
from apps.measures.services.files import open_file
from apps.units.errors import ActRefused

JUNK = re.compile(r"(^|/)(__MACOSX/|\.|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
"""What systems put in packages by themselves."""
NO_PACKAGE = "压缩包不完整（可能没有传完）、已经损坏，或不是 ZIP 格式。请用系统自带的压缩功能重新压缩成 ZIP 后再传（RAR、7Z 不接受）"
NEAR = 0.6


@dataclass(frozen=True)
class Found:
    """A file in a package: where it lies, how large it is, why it cannot be evidence (empty where it can), and which bytes it has (empty
    where it was not unpacked)."""

    package: int
    path: str
    size: int
    refused: str
    sha256: str = ""

    @property
    def filename(self) -> str:
        return plain_name(self.path)


class Files:
    """The files of a workbook's packages, by name and by path."""

    def __init__(self, packages: Iterable[WorkbookPackage] = ()) -> None:
        self.all = [Found(package.pk, *member) for package in packages for member in package.members]
        self.by_name: dict[str, list[Found]] = defaultdict(list)
        for found in self.all:
            self.by_name[_key(found.filename)].append(found)

    def named(self, words: str, number: str) -> list[Found]:
        """The files that a name can mean; those in a folder of the measure before all others, of a path those of the latest package."""
        key = _key(words)
        found = self.by_name.get(key.rpartition("/")[2], [])
        if "/" in key:
            found = [row for row in found if _key(row.path) == key or _key(row.path).endswith(f"/{key}")]
        in_folder = [row for row in found if number in _key(row.path).split("/")[:-1]]
        return list({_key(row.path): row for row in in_folder or found}.values())

    def near(self, words: str) -> list[str]:
        """Names that look like it, for the sentence about one that is not there."""
        by_key = {_key(row.filename): row.filename for row in self.all[:500]}
        return [by_key[key] for key in difflib.get_close_matches(_key(words).rpartition("/")[2], list(by_key), n=3, cutoff=NEAR)]

    def unused(self, used: Sequence[Found]) -> list[str]:
        """Paths of files that no line of the workbook means."""
        taken = {_key(row.path) for row in used}
        return [row.path for row in self.all if _key(row.path) not in taken]

    @property
    def replaced(self) -> list[str]:
        """Paths that stand in more than one package: the file of the later one counts."""
        paths = Counter(_key(row.path) for row in self.all)
        return sorted({row.path for row in self.all if paths[_key(row.path)] > 1})


class Contents:
    """The bytes of found files; a package is opened once, and one at a time."""

    def __init__(self, packages: Iterable[WorkbookPackage]) -> None:
        self.packages = {package.pk: package for package in packages}
        self.open: tuple[int, Package] | None = None

    def of(self, found: Found) -> bytes:
        if self.open is None or self.open[0] != found.package:
            self.open = found.package, _opened(open_file(self.packages[found.package]).read())
        package = self.open[1]
        package.budget = Budget()
        member = next(member for member in package.members if member.name == found.path)
        return package.content(member, settings.EVIDENCE_MAX_BYTES)


def listing_of(data: bytes) -> list[list[Any]]:
    """Path, size, refusal and digest of each file in a package, as :class:`Found` has them.

    The package as a whole is refused (ActRefused) where it is none, was cut off, leads outside of itself, is a bomb or has a password.
    """
    budget = Budget()
    package = _opened(data, budget)
    members = [member for member in package.members if not member.is_folder and not JUNK.search(member.name)]
    if not members:
        raise refusal("压缩包里没有文件，请检查后重新选择")
    if len({member.name for member in members}) < len(members):
        raise refusal(NO_PACKAGE)
    limit, found = settings.EVIDENCE_MAX_BYTES, []
    for member in members:
        size, digest = member.info.file_size, ""
        if size > limit:
            refused = f"文件有 {size / 1_048_576:.1f} MB，超过 {limit // 1_048_576} MB 上限，请压缩或拆分"
        else:
            content = _unpacked(package, member, limit)
            refused, digest = _refused(plain_name(member.name), content, budget), hashlib.sha256(content).hexdigest()
        found.append([member.name, size, refused, digest])
    return found


def _opened(data: bytes, budget: Budget | None = None) -> Package:
    try:
        return Package(data, budget or Budget())
    except DAMAGED as error:
        raise refusal(NO_PACKAGE) from error


def _unpacked(package: Package, member: Any, limit: int) -> bytes:
    try:
        return package.content(member, limit)
    except DAMAGED as error:
        raise refusal(NO_PACKAGE) from error


def _refused(name: str, data: bytes, budget: Budget) -> str:
    try:
        checked_type(name, data, budget)
    except ActRefused as refused:
        if refused.message == TOO_LARGE:
            raise
        return refused.message
    return ""


def _key(words: str) -> str:
    plain = unicodedata.normalize("NFKC", words.replace("\\", "/"))
    return "/".join(re.sub(r"\s+", " ", part).strip() for part in plain.casefold().strip("/").split("/"))
