"""The project's settings for the tests: a data folder of their own, and cheap password hashes.

JIANDI_TEST_ON=postgres (set by `make test` for some of its workers) takes the private PostgreSQL and the worker's own Redis, by
its number in JIANDI_TEST_REDIS; everything else is SQLite.
"""

from __future__ import annotations

import os
import tempfile

# Before the settings are read: a test never touches the checkout's data folder. Removed when the process ends.
_data = tempfile.TemporaryDirectory(prefix="jiandi-test-", ignore_cleanup_errors=True)
os.environ["DATA_DIR"] = _data.name
if os.environ.get("JIANDI_TEST_ON") == "postgres":
    os.environ["DATABASE_URL"] = os.environ["JIANDI_TEST_DATABASE_URL"]
    os.environ["JIANDI_TEST_REDIS_URL"] = os.environ["JIANDI_TEST_REDIS_URLS"].split()[int(os.environ["JIANDI_TEST_REDIS"])]
    os.environ["REDIS_URL"] = os.environ["JIANDI_TEST_REDIS_URL"]

from config.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Its scan of the collected files would be made anew for every test client; the production test has it for real.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
