"""Writing what comes in: a file is kept, read by a worker, set right by the office, and applied wholly or not at all.

A run never writes what no preview showed: the plan is made anew inside the transaction and must be the one that was confirmed.
"""

from apps.measures.services.importing.applying import apply_import
from apps.measures.services.importing.running import (
    ask_apply,
    claim_import,
    drop_import,
    fail_import,
    keep_read,
    overdue,
    reread,
    send,
    set_import,
    start_import,
)

__all__ = (
    "apply_import",
    "ask_apply",
    "claim_import",
    "drop_import",
    "fail_import",
    "keep_read",
    "overdue",
    "reread",
    "send",
    "set_import",
    "start_import",
)
