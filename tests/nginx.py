"""nginx with deploy/nginx.conf, on loopback: only what belongs to the production machine (TLS, folders, names) is put in other terms."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from scripts.environment import ROOT
from scripts.needs import nginx
from scripts.processes import Group
from scripts.servers import HOST, free_port
from tests.workers import wait_until


def configuration(folder: Path, *, port: int, health: int, application: str, public: Path, static: Path) -> str:
    """The shipped file for this machine."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    types = folder / "mime.types"
    types.write_text(TYPES)
    replaced = (
        ("include /etc/nginx/mime.types;", f"include {types};" + "".join(f" {name}_temp_path {folder}/{name};" for name in TEMPORARY)),
        ("pid /tmp/nginx.pid;", f"pid {folder}/nginx.pid; daemon off; {user()}"),
        ("access_log /dev/stdout line;", f"access_log {folder}/access.log line;"),
        ("error_log /dev/stderr warn;", f"error_log {folder}/error.log warn;"),
        ("server web:8000;", f"server {application};"),
        ("listen 127.0.0.1:8080;", f"listen {HOST}:{health};"),
        ("listen 443 ssl default_server;", f"listen {HOST}:{port} default_server;"),
        ("/srv/public/", f"{public}/"),
        ("/srv/static/", f"{static}/"),
    )
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    text = re.sub(r"\n\s*(ssl_\w+|http2) [^;]+;", "", text)
    return re.sub(r"\n    server \{\s*listen 80 default_server;.*?\n    \}", "", text, flags=re.DOTALL)


def user() -> str:
    """As root, nginx gives its workers away; those of a test must read the test's own folders."""
    return "user root;" if os.geteuid() == 0 else ""


def listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(folder: Path, *, application: str, public: Path, static: Path) -> Iterator[str]:
    """The address of nginx in front of ``application``."""
    health = free_port()
    shipped = partial(configuration, folder, health=health, application=application, public=public, static=static)
    with started(folder, lambda port: shipped(port=port)) as address:
        yield address


@contextmanager
def started(folder: Path, configured: Callable[[int], str]) -> Iterator[str]:
    """The address of nginx with that configuration for a port."""
    program = nginx()
    assert program, "nginx was not found; name its path in JIANDI_NGINX."
    port, path = free_port(), folder / "nginx.conf"
    path.write_text(configured(port))
    command = [program, "-e", str(folder / "start.log"), "-c", str(path)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    group = Group()
    try:
        group.start("nginx", command, env=dict(os.environ), cwd=folder)
        wait_until(lambda: listens(port), "nginx")
        yield f"http://{HOST}:{port}"
    finally:
        group.end()


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
# Of the file that nginx brings, what this site has.
TYPES = """types {
    text/html html; text/css css; text/xml xml; text/plain txt;
    image/svg+xml svg; application/javascript js; application/json json; application/atom+xml atom;
}
"""
