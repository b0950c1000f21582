"""`make setup` and `make run`: everything from a fresh checkout to a browser, with SQLite and no other server.

PORT (8000) and DATA (./data) choose port and data folder; DEMO=0 starts an empty ledger and asks for the first accounts.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.environment import ASSETS_LOCK, PYTHON, ROOT, RUNTIME_LOCK, fetch_assets, install, run, say, stamp, stamped
from scripts.processes import TICK, Group
from scripts.trouble import Trouble, ending_orderly

HOST = "127.0.0.1"
DEMO_PASSWORD = "jiandi-demo"
DEMO_LOGINS = {
    "office": "整改办",
    "liaison": "单位联络员",
    "supervisor": "督查组",
    "leader": "领导",
    "head": "单位负责人（区自然资源局）",
    "review-jw": "会审单位（区纪委监委）",
    "review-zzb": "会审单位（区委组织部）",
    "review-xcb": "会审单位（区委巡察办）",
    "admin": "系统管理员",
    "auditor": "审计员",
    "discipline": "纪检监察",
}
# Settings that a shell may hold for something else; this command is always the embedded default.
NOT_INHERITED = (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "STATIC_ROOT",
    "TRUSTED_PROXY_COUNT",
)
START_SECONDS = 60


def port_of(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Trouble(f"PORT={text} 不是端口号：请用 1 到 65535 之间的数字，例如 make run PORT=8001。")
    return int(text)


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as refused:
            raise Trouble(f"没有权限使用端口 {port}：请换一个大于 1023 的端口，例如 make run PORT=8001。") from refused
        except OSError as taken:
            raise Trouble(f"端口 {port} 已被占用：请换一个端口，例如 make run PORT={port + 1 if port < 65535 else 8001}。") from taken


@contextmanager
def hold(data: Path) -> Iterator[None]:
    """Two runs on one data folder would start two clocks: the second is refused."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / "run.lock").open("w")
    except OSError as refused:
        raise Trouble(f"数据文件夹 {data} 不能写入：{refused.strerror}。请用 DATA= 另选一个文件夹。") from refused
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise Trouble(f"数据文件夹 {data} 正由另一个 make run 使用：请先停止它，或用 DATA= 另选一个文件夹。") from held
        yield


def key_file(data: Path) -> Path:
    """The secret key of this data folder, made once, readable by its owner only."""
    path = data / "secret_key"
    if not path.exists():
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_urlsafe(64))
    return path


def environment(data: Path, *, demo: bool) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in NOT_INHERITED}
    (data / "tmp").mkdir(mode=0o700, exist_ok=True)
    return {
        **inherited,
        "DEBUG": "0",
        "JIANDI_MODE": "development",
        "JIANDI_DEMO": "1" if demo else "0",
        "DATA_DIR": str(data),
        "STATIC_ROOT": str(data / "static"),
        "SECRET_KEY_FILE": str(key_file(data)),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "TMPDIR": str(data / "tmp"),
        "PYTHONUNBUFFERED": "1",
    }


def set_up(data: Path, *, demo: bool) -> dict[str, str]:
    """Everything but the start; each part is skipped or quick when it is already there."""
    install()
    fetch_assets()
    # The data folder is its owner's alone.
    os.umask(0o077)
    env = environment(data, demo=demo)
    manage = [PYTHON, ROOT / "manage.py"]
    say("正在建立或升级数据库……")
    run([*manage, "migrate", "--verbosity=0"], "建立或升级数据库失败。", env)
    if demo:
        say("正在检查演示台账……")
        run([*manage, "load_demo"], "载入演示台账失败。", env)
    else:
        _ask_for_first_accounts(env)
    _collect_static(data / "static", env)
    run([*manage, "publish_site"], "写公开网站的页面失败。", env)
    return env


def _collect_static(collected: Path, env: dict[str, str]) -> None:
    sources = (RUNTIME_LOCK, ASSETS_LOCK, ROOT / "static", ROOT / "config" / "assets.py", ROOT / "config" / "settings.py")
    if stamped(collected, *sources):
        return
    run([PYTHON, ROOT / "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity=0"], "收集静态文件失败。", env)
    stamp(collected, *sources)


def _ask_for_first_accounts(env: dict[str, str]) -> None:
    command = [str(PYTHON), str(ROOT / "manage.py"), "create_account", "--if-none"]
    if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
        raise Trouble("还没有整改办账号，没有启动。")
    # All other accounts are opened by an administrator: asked for at once where somebody is there to answer.
    if sys.stdin.isatty() and subprocess.run([*command, "--role", "admin"], cwd=ROOT, env=env, check=False).returncode:
        raise Trouble("还没有系统管理员账号，没有启动。")


def serve(data: Path, port: int, env: dict[str, str], *, demo: bool) -> int:
    group = Group()
    gunicorn = [str(PYTHON), "-m", "gunicorn", "--config", str(ROOT / "deploy" / "gunicorn.conf.py")]
    celery = [str(PYTHON), "-m", "celery", "--quiet", "--app", "config", "worker", "--beat", "--concurrency=1"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    # Celery warns root at length; whoever runs a demonstration as root has chosen to.
    unwarned = {**env, "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}
    try:
        group.start("网页服务", [*gunicorn, "--bind", f"{HOST}:{port}", "config.wsgi"], env=env, cwd=ROOT)
        group.start("后台任务", [*celery, *quiet, "--schedule", str(data / "celerybeat-schedule")], env=unwarned, cwd=ROOT)
        _wait_until_up(group, port)
        _announce(port, data, demo=demo)
        ended = group.watch()
        raise Trouble(f"{ended}已停止（退出码 {group.children[ended].returncode}），其余进程一并结束；原因见上面的日志。")
    except KeyboardInterrupt:
        say("\n正在停止……")
        return 0
    finally:
        group.end()


def _wait_until_up(group: Group, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = group.first_ended()
        if ended:
            raise Trouble(f"{ended}没有启动（退出码 {group.children[ended].returncode}）；原因见上面的日志。")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(TICK)
    raise Trouble(f"{START_SECONDS} 秒内没有启动完成；原因见上面的日志。")


def _announce(port: int, data: Path, *, demo: bool) -> None:
    say(f"\n  地址 http://{HOST}:{port}/\n")
    if demo:
        say(f"  登录名（密码都是 {DEMO_PASSWORD}，只在演示中有效）：")
        for login, role in DEMO_LOGINS.items():
            say(f"    {login:<11} {role}")
        say("    liaison-<单位>  其他单位联络员\n")
    else:
        say("  其他账号由系统管理员在网页上开设。还没有系统管理员时，另开一个终端：")
        say(f"    DATA_DIR={data} .venv/bin/python manage.py create_account --role admin\n")
    say("  按 Ctrl-C 停止。")


def main() -> int:
    only_set_up = sys.argv[1:] == ["setup"]
    data = Path(os.environ.get("DATA") or ROOT / "data").expanduser().resolve()
    demo = os.environ.get("DEMO", "1") != "0"
    port = port_of(os.environ.get("PORT") or "8000")
    if not only_set_up:
        require_free(port)
    # What stands on paper and in the QR code of a notice.
    os.environ.setdefault("SITE_URL", f"http://{HOST}:{port}")
    with hold(data):
        env = set_up(data, demo=demo)
        if only_set_up:
            say("准备完成。用 make run 启动。")
            return 0
        return serve(data, port, env, demo=demo)


if __name__ == "__main__":
    sys.exit(ending_orderly(main))
