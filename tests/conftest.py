"""What every test stands on: a data folder of its own and an empty cache."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

# Before Django reads the settings: a test never touches the checkout's data folder.
_data = tempfile.mkdtemp(prefix="jiandi-test-")
os.environ["DATA_DIR"] = _data


def pytest_unconfigure() -> None:
    shutil.rmtree(_data, ignore_errors=True)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    from django.core.cache import cache

    yield
    cache.clear()
