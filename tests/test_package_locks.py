"""The locks of the packages pin every one by its hash, and a second set-up installs nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import environment
from scripts.environment import ROOT


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
@pytest.mark.once
def test_python_locks_pin_by_hash_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?:|file:|--index|--extra|--find-links|--trusted| @ |^/", text, re.MULTILINE)
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.-]+==[\w.]+", block), block
        assert "--hash=sha256:" in block, block


@pytest.mark.once
def test_asset_lock_pins_by_hash_and_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    packages = {name: facts for name, facts in yaml.safe_load(text)["packages"].items() if name}
    assert packages
    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())


@pytest.mark.once
def test_a_second_set_up_installs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[Any] = []
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1")
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "_make_venv", lambda: None)
    monkeypatch.setattr(environment, "run", lambda *arguments: calls.append(arguments))
    environment.install(lock)
    environment.install(lock)
    assert len(calls) == 1
    lock.write_text("one==2")
    environment.install(lock)
    assert len(calls) == 2
