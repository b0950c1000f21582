"""The few files of the npm packages that a page loads; nothing else of node_modules is served or collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

# address under /static/ -> file under node_modules/. The map is there because the style sheet names it.
FILES = {
    "vendor/tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "vendor/echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    # The build whose style sheet and worker are files of their own: it runs under a policy without unsafe-inline and blob:.
    "vendor/altcha/altcha.min.js": "altcha/dist/external/altcha.min.js",
    "vendor/altcha/altcha.css": "altcha/dist/external/altcha.css",
    "vendor/altcha/pbkdf2.js": "altcha/dist/workers/pbkdf2.js",
    "vendor/altcha/zh-cn.js": "altcha/dist/i18n/zh-cn.js",
}


class PackageStorage(FileSystemStorage):
    """Reads a served address from its place in node_modules."""

    def path(self, name: str) -> str:
        return str(Path(settings.NODE_MODULES) / FILES[name])


class PackageFinder(BaseFinder):
    """Finds the files of FILES."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False) -> Any:
        place = Path(settings.NODE_MODULES) / FILES[path] if path in FILES else None
        found = [str(place)] if place and place.is_file() else []
        return found if find_all else next(iter(found), [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        storage = PackageStorage()
        for path in FILES:
            yield path, storage
