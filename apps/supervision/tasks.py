"""Jobs of this room."""

from __future__ import annotations

from celery import shared_task

from apps.measures.services import importing
from apps.supervision import services
from apps.supervision.jobs import Facts, every, hourly, job
from apps.units import services as units


@job("supervision.derive_timeliness", label="更新提示（临期、逾期等）", due=hourly(minute=5))
def derive_timeliness() -> Facts:
    """Bring back stages that are due, then raise and clear flags, in every round; safe late, twice, or in two workers at once."""
    done = services.derive_timeliness()
    return {"raised": sum(one.raised + one.reopened for one in done), "cleared": sum(one.cleared for one in done)}


@job("supervision.propose_escalations", label="建议升级督查单", due=hourly(minute=20))
def propose_escalations() -> Facts:
    """Propose the next level for letters whose day to answer has passed; safe late, twice, or in two workers at once."""
    return {"proposed": services.propose_escalations()}


@job("supervision.build_digests", label="生成消息汇总", due=hourly(minute=35))
def build_digests() -> Facts:
    """Make the day's digests, once a person or channel and working day; safe late, twice, or in two workers at once."""
    return {"made": services.build_digests().made}


@shared_task(name="supervision.send_digests")
def send_digests() -> None:
    """Send what is due. Each delivery is claimed by one worker before it leaves, none is sent twice by itself, and each keeps its own
    tries and errors on the page 通知发送: no run of a job is needed beside them."""
    services.send_due()


@job("supervision.resume_imports", label="补做导入", due=every(minutes=5))
def resume_imports() -> Facts:
    """Send again the imports that lost their message or their worker."""
    pks = importing.overdue()
    for pk in pks:
        importing.send(pk)
    return {"sent": len(pks)}


@job("supervision.forget_answers", label="清除到期的接口答复", due=hourly(minute=55))
def forget_answers() -> Facts:
    """Wipe what was answered under an idempotency key more than a day ago; safe late, twice, or in two workers at once."""
    return {"forgotten": units.forget_answers()}


@shared_task(name="supervision.call_hooks")
def call_hooks() -> None:
    """Tell other systems what was done. Each call is claimed by one worker, keeps its own tries, and may be repeated: it has an id."""
    services.call_due()
