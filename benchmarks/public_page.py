"""How fast the shipped nginx.conf serves the home page of the public site, against nginx serving the same file with nothing around it.

Both are measured in turn, on loopback, by wrk with kept-alive connections, which shares the machine with them: the figures are of the pair,
the ratio says what the shipped configuration costs (log, headers, maps, the look for the file). Run it as in README.md.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 5
CONNECTIONS = 200
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
        print(f"page: {len(body):,} bytes, {len(gzip.compress(body, 9)):,} compressed; {CONNECTIONS} connections, {SECONDS} s each")
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
    """Answers a second over all connections; an answer that is an error ends the run."""
    program = shutil.which(os.environ.get("JIANDI_WRK", "wrk"))
    if program is None:
        raise SystemExit("wrk was not found: apt-get install wrk, or name its path in JIANDI_WRK.")
    command = [program, "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip", f"{address}/"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"{address}:\n{told}")
    return float(found[1])


if __name__ == "__main__":
    main()
