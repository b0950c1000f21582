"""Putting the public site in place: a whole new folder is written beside the old one, then one link is turned over.

A run that dies half-way leaves the old site as it was; what it left behind is cleared by the next. Two runs wait for each other.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
from django.conf import settings

from apps.reports.publishing.pages import PublicFile, files, state_now

CURRENT = "current"
ROOT = "www"
FACTS = "site.json"
READABLE, ENTERABLE = 0o644, 0o755


def publish_site() -> int:
    """Write every page and put the site in place; how many files it has.

    The state is read first: an edition that is published meanwhile makes the new site old again, never seemingly fresh.
    """
    with _alone() as releases:
        state = state_now()
        release = Path(tempfile.mkdtemp(dir=releases))
        release.chmod(ENTERABLE)
        before = current_release()
        media = {}
        for file in files():
            write(release / ROOT, file, before / ROOT if before else None)
            media[file.name] = file.media
        (release / FACTS).write_text(json.dumps({"state": state, "media": media}))
        _turn_over(release)
        _clear(releases, keep={release, before})
    return len(media)


def keep_site() -> int:
    """Write the site again where it is not what it should be; 0 where it is."""
    return 0 if stands() else publish_site()


def stands() -> bool:
    """Whether the site in place is of the editions as they are now."""
    release = current_release()
    return release is not None and facts_of(release)["state"] == state_now()


def current_release() -> Path | None:
    """The folder of the site in place; None where there is none yet."""
    try:
        release = settings.PUBLIC_DIR / (settings.PUBLIC_DIR / CURRENT).readlink()
    except FileNotFoundError:
        return None
    return release if (release / FACTS).is_file() else None


def facts_of(release: Path) -> dict[str, object]:
    facts: dict[str, object] = json.loads((release / FACTS).read_text())
    return facts


def write(root: Path, file: PublicFile, old: Path | None) -> None:
    """The file and its compressed forms, readable by nginx. What did not change keeps its date, so readers' copies stay valid."""
    forms = {"": file.body, ".gz": gzip.compress(file.body, 9, mtime=0), ".br": brotli.compress(file.body)}
    date = _date_of(file, old)
    place = root / file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    for folder in (place.parent, *(parent for parent in place.parent.parents if parent.is_relative_to(root))):
        folder.chmod(ENTERABLE)
    for ending, body in forms.items():
        form = place.with_name(place.name + ending)
        form.write_bytes(body)
        form.chmod(READABLE)
        os.utime(form, (date, date))


def _date_of(file: PublicFile, old: Path | None) -> int:
    now = int(time.time())
    if old is None or not (old / file.name).is_file():
        return now
    date = int((old / file.name).stat().st_mtime)
    return date if (old / file.name).read_bytes() == file.body else max(now, date + 1)


def _turn_over(release: Path) -> None:
    link = settings.PUBLIC_DIR / f".{release.name}"
    link.symlink_to(release.relative_to(settings.PUBLIC_DIR))
    link.replace(settings.PUBLIC_DIR / CURRENT)


def _clear(releases: Path, *, keep: set[Path | None]) -> None:
    """Whoever reads the site that was just replaced may still do so; older ones and those of dead runs go."""
    for folder in releases.iterdir():
        if folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[Path]:
    """The folder of the releases, for one run at a time on this machine."""
    releases = settings.PUBLIC_DIR / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    for folder in (settings.PUBLIC_DIR, releases):
        folder.chmod(ENTERABLE)
    with (settings.PUBLIC_DIR / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield releases
