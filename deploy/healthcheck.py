"""Asks one service of docker-compose.yml, from inside its container, whether it does its work: `healthcheck.py web|worker|beat`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

# Beat writes its schedule down every few minutes.
SILENCE = 15 * 60


def web() -> bool:
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=8) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    name = f"celery@{os.uname().nodename}"
    command = ["celery", "--app", "config", "inspect", "ping", "--destination", name, "--timeout", "10"]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


def beat() -> bool:
    written = [file.stat().st_mtime for file in Path(os.environ["DATA_DIR"]).glob("celerybeat-schedule*")]
    return bool(written) and time.time() - max(written) < SILENCE


if __name__ == "__main__":
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
