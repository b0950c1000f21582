"""ZIP archives: files that would be accepted by themselves, each checked as such, and no archive inside (security.md S-42)."""

from __future__ import annotations

from collections.abc import Callable

from apps.measures.services.content.verdict import NotThisKind, refusal
from apps.measures.services.content.zips import Budget, Package
from apps.units.errors import ActRefused

MAX_MEMBER = 64 * 1024 * 1024
ARCHIVES = frozenset(["zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "cab", "iso"])


def check(data: bytes, budget: Budget, check_file: Callable[[str, bytes, Budget], str]) -> None:
    """Each member goes through ``check_file``, whose refusal is said with the member's name."""
    package = Package(data, budget)
    files = [member for member in package.members if not member.is_folder]
    if not files:
        raise NotThisKind
    for member in files:
        name = member.name.rpartition("/")[2]
        if name.rpartition(".")[2].lower() in ARCHIVES:
            raise refusal(f"压缩包里还有压缩包“{name}”，请解开后重新压缩再传")
        try:
            check_file(name, package.content(member, MAX_MEMBER), budget)
        except ActRefused as refused:
            raise refusal(f"压缩包里的“{name}”：{refused.message}") from refused
