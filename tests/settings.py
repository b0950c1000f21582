"""The project's settings for the tests: a data folder of their own, and cheap password hashes.

DATABASE_URL and REDIS_URL come from the environment, so that the same tests run on either pair of servers.
"""

from __future__ import annotations

import os
import tempfile

# Before the settings are read: a test never touches the checkout's data folder.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="jiandi-test-")

from config.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
