"""Passwords that the house makes, for somebody to use once."""

from __future__ import annotations

import secrets

# Without the letters and digits that are read one for another when somebody copies them from paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS_OF_FOUR = 4


def one_time_password() -> str:
    """Sixteen random characters in groups of four; the administrator passes it on and never chooses one (security.md S-25)."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS_OF_FOUR))
