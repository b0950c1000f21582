"""A row of the supervision room behind each of its addresses, for the tests that try them all."""

from __future__ import annotations

from django.utils import timezone

from apps.issues.models import Inspection
from apps.supervision import services
from apps.supervision.models import Attachment, Delivery, Flag, Group, JobRun, Letter
from apps.units.models import User
from apps.units.services import make_token
from tests import api_world, supervision
from tests import factories as make
from tests.test_visits import picture


def rows_of_supervision(office: User, world: api_world.World) -> dict[str, int]:
    """By the name of the address: the number in it."""
    own, inspection = world.own, world.inspection.pk
    found = {f"supervision:{name}": own.letter.pk for name in ("letter", "sign", "answer")}
    found |= dict.fromkeys(("supervision:update_flags", "supervision:thresholds"), inspection)
    return {
        **found,
        **letters_of(own),
        **seen_on_site(office, own),
        **sent_by(office),
        "supervision:check": own.measures[0].pk,
        "supervision:reform_group": Group.objects.latest("pk").pk,
        "supervision:acknowledge": Flag.objects.latest("pk").pk,
        "supervision:note_failure": JobRun.objects.create(job="x", due_at=timezone.now(), state="failed").pk,
    }


def screen_of(office: User, inspection: Inspection) -> tuple[int, str]:
    """A link for a screen, and its token."""
    screen, token = services.make_screen(actor=office, inspection=inspection, group=None, name="会议室", hours=8)
    return screen.pk, token


def letters_of(plot: api_world.Plot) -> dict[str, int]:
    """A letter that was answered with a file, and one that is late, with a proposal to follow it up."""
    answered, late = supervision.letter(make.measure(plot.issue)), supervision.letter(make.measure(plot.issue))
    services.sign_letter(actor=plot.liaison, letter=answered)
    services.answer_letter(actor=plot.liaison, letter=answered, answer="已办理", files=[make.upload()])
    Letter.objects.filter(pk=late.pk).update(reply_by=make.days(-1))
    services.propose_escalations()
    found = {f"supervision:{name}": answered.pk for name in ("close_letter", "return_answer", "letter_docx", "letter_pdf")}
    found |= {f"supervision:{name}": late.pk for name in ("escalate", "decline")}
    return {**found, "supervision:attachment": Attachment.objects.get().pk}


def seen_on_site(office: User, plot: api_world.Plot) -> dict[str, int]:
    """A planned visit with a photo, and a meeting that is under way."""
    inspection, measure = plot.issue.inspection, plot.measures[0]
    visit = services.plan_visit(
        actor=office, inspection=inspection, title="现场看台账", planned_on=make.today(), measures=[measure, plot.measures[1]]
    )
    photos = [services.PhotoDraft(picture(), "台账")]
    check = services.check_site(
        actor=make.leader(), measure=measure, finding="true", note="属实", checked_on=make.today(), visit=visit, photos=photos
    )
    meeting = services.call_dispatch(actor=office, inspection=inspection, title="调度会", held_on=make.today(), chair="区委副书记")
    [item] = services.set_agenda(actor=office, dispatch=meeting, measures=[measure])
    services.begin_dispatch(actor=office, dispatch=meeting)
    photo = check.attachments.get().pk
    found = {f"supervision:visit{part}": visit.pk for part in ("", "-check", "-amend", "-cancel", "-hold")}
    found |= {f"supervision:dispatch{part}": meeting.pk for part in ("", "-agenda", "-amend", "-begin", "-close")}
    return {**found, "supervision:minutes": meeting.pk, "supervision:dispatch-item": item.pk} | {
        f"supervision:photo{part}": photo for part in ("", "-shown")
    }


def sent_by(office: User) -> dict[str, int]:
    """A notification, a channel with a delivery that failed, a hook with a call that failed, a token."""
    channel = make.channel(office)
    delivery = Delivery.objects.create(channel=channel, day=make.today(), title="汇总", body="督查单", state=Delivery.State.FAILED)
    found = {"units:notification": make.notification(office).pk, "supervision:delivery-again": delivery.pk}
    hook, call = make.hook(office)
    found |= {f"supervision:hook{part}": hook.pk for part in ("", "-amend", "-ping", "-rotate", "-stop")}
    token, _key = make_token(actor=office, name="月报脚本", scopes=["read"], days=7)
    found |= {"supervision:hook-again": call.pk, "units:token-revoke": token.pk}
    return {**found, "supervision:channel": channel.pk, "supervision:channel-stop": channel.pk}
