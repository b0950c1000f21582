"""How fast the shipped nginx.conf serves the home page of the public site, against nginx serving the same file with nothing around it.

Both are measured in turn, on loopback, by the same clients: threads with kept-alive connections that read every answer whole. Python's
clients are slower than nginx, so both figures are of the pair; the ratio says what the shipped configuration costs. Run it as in README.md.
"""

from __future__ import annotations

import gzip
import http.client
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 5.0
CLIENTS = 8
ROUNDS = 3
BARE = """daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off; sendfile on; {temporary}
    server {{ listen {listen}; root {root}; gzip_static on; default_type text/html; }}
}}
"""


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with tempfile.TemporaryDirectory(prefix="jiandi-benchmark-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        os.environ["DATA_DIR"] = place
        import django

        django.setup()
        measure(folder)


def measure(folder: Path) -> None:
    from apps.reports.publishing.pages import HTML, PublicFile
    from apps.reports.publishing.writing import ROOT as WWW
    from apps.reports.publishing.writing import write
    from scripts.servers import HOST, free_port
    from tests import nginx

    body = page()
    public, bare = folder / "public", folder / "bare"
    write(public / "release" / WWW, PublicFile("index.html", body, HTML), None)
    (public / "current").symlink_to("release")
    shipped = folder / "shipped"
    for made in (bare, shipped):
        made.mkdir()
    with (
        nginx.serving(shipped, application=f"{HOST}:{free_port()}", public=public, static=folder) as ours,
        nginx.started(bare, lambda port: BARE.format(**around(bare, public / "current" / WWW, port))) as theirs,
    ):
        print(f"page: {len(body):,} bytes, {len(gzip.compress(body, 9)):,} compressed; {CLIENTS} connections, {SECONDS:g} s each")
        found: dict[str, list[float]] = {"shipped": [], "bare": []}
        for _ in range(ROUNDS):
            for name, address in (("bare", theirs), ("shipped", ours)):
                found[name].append(rate(address))
        for name, rates in found.items():
            print(f"{name:>8}: {max(rates):,.0f} requests a second (of {', '.join(f'{one:,.0f}' for one in rates)})")
        print(f"   ratio: {max(found['shipped']) / max(found['bare']):.2f}")


def around(folder: Path, root: Path, port: int) -> dict[str, str]:
    from tests import nginx

    temporary = "".join(f"{name}_temp_path {folder}/{name}; " for name in nginx.TEMPORARY)
    return {"folder": str(folder), "root": str(root), "listen": f"127.0.0.1:{port}", "user": nginx.user(), "temporary": temporary}


def page() -> bytes:
    """The page given as argument, or one as long as the demonstration's."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1]).read_bytes()
    source = (ROOT / "fixtures" / "shaxian-2025").glob("*.txt")
    text = next((path.read_text() for path in source), "通报" * 10_000)
    return f"<!DOCTYPE html><title>通报</title><p>{text}".encode() * 2


def rate(address: str) -> float:
    """Answers a second over all connections."""
    until = time.monotonic() + SECONDS
    counts = [0] * CLIENTS

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        while time.monotonic() < until:
            connection.request("GET", "/", headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{address} answered {answer.status}")
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


if __name__ == "__main__":
    main()
