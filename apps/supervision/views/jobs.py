"""The background jobs, for those who keep the house running: last runs, failures. No business content: ADMIN sees none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import SignedRequest, require_role
from apps.supervision import services
from apps.supervision.models import JobRun
from apps.supervision.services.running import MOST_TRIES, OPERATING
from apps.supervision.tasks import derive_timeliness
from apps.units.parameters import page_of, refuse_unknown

RUNS_A_PAGE = 50
SILENCE = dt.timedelta(hours=2)
HOUR = 3600
FACTS = {
    "clocks": "补算期限",
    "raised": "新增提示",
    "wiped": "清除联系方式",
    "forgotten": "清除答复",
    "cleared": "解除提示",
    "put": "新增通知",
    "sent": "已发送",
    "failed": "失败",
    "proposed": "建议升级",
    "made": "生成汇总",
}


@dataclass(frozen=True)
class RunLine:
    """One run, in words."""

    run: JobRun

    @property
    def label(self) -> str:
        return self.run.label

    @property
    def result(self) -> str:
        facts = self.run.result.items() if self.run.state == JobRun.State.DONE else ()
        return "，".join(f"{FACTS[name]} {value}" for name, value in facts if name in FACTS)


@require_safe
def jobs(request: SignedRequest) -> HttpResponse:
    """Whether the clock runs, what failed and nobody has taken note of, and the last runs."""
    require_role(request.user, *OPERATING)
    refuse_unknown(request, "page")
    rows = JobRun.objects.select_related("noted_by")
    page = page_of(rows, request, RUNS_A_PAGE)
    failed = rows.filter(state=JobRun.State.FAILED, noted_by__isnull=True)[:RUNS_A_PAGE]
    context = {
        "page": page,
        "lines": [RunLine(run) for run in page],
        "failed": [RunLine(run) for run in failed],
        "alarm": alarm(timezone.now()),
        "most_tries": MOST_TRIES,
    }
    return render(request, "supervision/jobs.html", context)


def alarm(now: dt.datetime) -> str:
    """What is wrong when the hourly job has not begun for more than two hours; empty where it has."""
    last = JobRun.objects.filter(job=derive_timeliness.name).order_by("-due_at").values_list("due_at", flat=True).first()
    if last is None:
        return "后台任务还没有运行过，请检查后台服务是否已经启动"
    silent = now - last
    if silent <= SILENCE:
        return ""
    return f"后台任务已停止 {int(silent.total_seconds() // HOUR)} 小时，请检查后台服务；恢复后会逐日补算"


@require_POST
def note(request: SignedRequest, pk: int) -> HttpResponse:
    """An operator takes note of a failure."""
    require_role(request.user, *OPERATING)
    services.note_failure(actor=request.user, run=get_object_or_404(JobRun, pk=pk))
    messages.success(request, "已记为知悉，并记入系统管理台账。")
    return redirect("supervision:jobs")
