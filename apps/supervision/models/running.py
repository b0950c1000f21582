"""The runs of the background jobs: each due run once, and what failed, for an operator to see."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

LABELS: dict[str, str] = {}
"""What the jobs are called on screen, by the name of their task; filled where they are made (jobs.py)."""


class JobRun(models.Model):
    """One due run of a job (security.md R-25): unique per job and time, so that two clocks start it once. ``error`` is the last failure;
    FAILED rows have used up their tries and stay in the operator's list until somebody takes note (``noted_by``)."""

    class State(models.TextChoices):
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        RETRYING = "retrying", "等待重试"
        FAILED = "failed", "失败"

    job = models.CharField("任务", max_length=80)
    due_at = models.DateTimeField("应运行时间")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RUNNING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    result = models.JSONField("结果", default=dict, blank=True)
    error = models.TextField("失败原因", blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="知悉人")
    noted_at = models.DateTimeField("知悉时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ("-due_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("job", "due_at"), name="job_run_once"),)
        indexes = (models.Index(fields=("job", "due_at"), name="job_run_open", condition=~Q(state="done")),)

    def __str__(self) -> str:
        return f"{self.label} {timezone.localtime(self.due_at):%Y-%m-%d %H:%M}"

    @property
    def label(self) -> str:
        return LABELS.get(self.job, self.job)

    @property
    def label_in_book(self) -> str:
        return f"后台任务“{self}”"
