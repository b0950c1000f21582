"""The product's settings for workers of tests/test_job_workers.py: a clock that strikes each second, a job that kills its worker."""

from __future__ import annotations

import os

from config.settings import *

CELERY_IMPORTS = ("tests.poison",)
CELERY_BEAT_SCHEDULE = {"derive-timeliness": {"task": "supervision.derive_timeliness", "schedule": 1.0}}
if os.environ.get("EARLY_ACK"):  # the control: what the product does not do
    CELERY_TASK_ACKS_LATE = False
    CELERY_TASK_REJECT_ON_WORKER_LOST = False
