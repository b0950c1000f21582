"""What follows once the measures are in place: closures, look-backs, groups, site checks, flags, letters, and the notice."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.issues.models import Inspection, Issue
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.measures.models import Measure
from apps.measures.services import override_calendar
from apps.reports.secrecy import CHECKLIST
from apps.reports.services import approve_notice, draft_notice, publish, review_secrecy, submit_notice
from apps.supervision.models import Flag, Letter, SiteCheck
from apps.supervision.services import (
    acknowledge_flag,
    answer_letter,
    check_site,
    close_letter,
    derive_timeliness,
    form_group,
    propose_escalations,
    send_letter,
    sign_letter,
)
from apps.units.models import Source, Unit, User
from config.demo import feedback
from config.demo.annotation import Annotation
from config.demo.closing import Closing, draw
from config.demo.heads import read_by_heads
from config.demo.onsite import Onsite
from config.demo.paper import example_pdf
from config.demo.people import KINDS, People
from config.demo.plan import Plan
from config.demo.words import choice

CLOSING_DAYS = 21
REPLY_WORKING_DAYS = 5
LATE_DAYS = 13
FRIDAY = 5
BODIES = ("区纪委监委", "区委督查室", "区政府督查室", "区委巡察办")
SECTION_TITLES = ("区委及主要负责人组织整改落实情况", "集中整改期内巡视整改进展情况", "对持续整改的工作打算")


@dataclass(frozen=True)
class Aftermath:
    """The acts after the measures, in the order in which an office takes them."""

    annotation: Annotation
    round: dict[str, Any]
    people: People
    plan: Plan
    inspection: Inspection

    def run(self) -> None:
        """All of them; the flags come after the letters, of which some wait for an answer too long."""
        self._form_groups()
        for issue in self.inspection.issues.order_by("number"):
            self._close(issue)
        draw(self.people, self.plan, self.inspection)
        self._check_on_site()
        for row in self.plan.raw["letters"]:
            self._send(row)
        derive_timeliness(inspection=self.inspection)
        propose_escalations()
        self._take_note()
        Onsite(self.people, self.plan, self.inspection).run()
        self._publish()

    def _form_groups(self) -> None:
        for row in self.round["groups"]:
            form_group(
                actor=self.people.reviewer,
                inspection=self.inspection,
                name=row["name"],
                lead_unit=self.people.units[row["lead_unit"]],
                members=[self.people.users[row["member"]]],
                units=list(self._covered(row)),
                categories=list(self.inspection.categories.filter(number__in=row.get("categories", []))),
                duty_head=self.people.users[row["member"]],
                source=Source.NOTICE,
                quote=f"由{'、'.join(BODIES)}等组成3个专项督查组",
                demonstrated=["name", "lead_unit", "members", "units", "categories", "duty_head"],
            )

    def _covered(self, row: dict[str, Any]) -> Iterator[Unit]:
        kinds = {KINDS[word] for word in row["covers"]}
        for short_name, unit in self.people.units.items():
            if (unit.kind in kinds and short_name not in row.get("but", [])) or short_name in row.get("also", []):
                yield unit

    def _close(self, issue: Issue) -> None:
        """Close what the plan leaves to be closed, some days after the last measure was finished."""
        measures = list(issue.measures.all())
        if issue.number in self.plan.raw["open"] or not all(measure.is_finished for measure in measures):
            return
        last = max(measure.stopped_on for measure in measures if measure.stopped_on)
        applied_on = min(last + dt.timedelta(days=CLOSING_DAYS), self.plan.today)
        statement = f"{len(measures)} 条措施已全部落实并经整改办审核，佐证材料齐全，申请销号。"
        Closing(self.people, self.plan, issue).run(statement, applied_on)

    def _check_on_site(self) -> None:
        """Every n-th finished measure that a group covers, found true on the day after it was reported."""
        step = self.plan.raw["checked"]
        members = {group.pk: group.members.get() for group in self.inspection.supervision_groups.all()}
        covering = {unit.pk: members[group.pk] for group in self.inspection.supervision_groups.all() for unit in group.units.all()}
        finished = (
            Measure.objects.filter(issue__inspection=self.inspection)
            .finished()
            .select_related("issue")
            .order_by("issue__number", "ordinal")
        )
        for measure in finished[::step]:
            actor: User | None = covering.get(measure.lead_unit_id)
            if actor and measure.stopped_on:
                check_site(
                    actor=actor,
                    measure=measure,
                    finding=SiteCheck.Finding.TRUE,
                    note="现场查看资料、询问经办人员，与填报一致。",
                    checked_on=min(measure.stopped_on + dt.timedelta(days=5), self.plan.today),
                    source=Source.DEMONSTRATION,
                )

    def _take_note(self) -> None:
        for number, row in self.plan.raw["noted"].items():
            issue, ordinal = number.split("-")
            kind = choice(Flag.Kind, row["kind"])
            flag = Flag.objects.open().get(measure__issue__number=issue, measure__ordinal=ordinal, kind=kind)
            acknowledge_flag(actor=self.people.users[row["by"]], flag=flag, note=row["note"])

    def _send(self, row: dict[str, Any]) -> None:
        """A letter, and what the plan has come of it."""
        on = self.plan.today - dt.timedelta(days=row.get("ago", 0))
        unit = self.people.units[row["unit"]]
        wanted = [number.split("-") for number in row["measures"]]
        letter = send_letter(
            actor=self.people.users[row["by"]],
            inspection=self.inspection,
            unit=unit,
            measures=[
                Measure.objects.get(issue__inspection=self.inspection, issue__number=issue, ordinal=ordinal) for issue, ordinal in wanted
            ],
            level=choice(Letter.Level, row["level"]),
            requirement=row["requirement"],
            reply_by=self._late_reply_by if row.get("ago") else self._reply_by,
            source=Source.DEMONSTRATION,
            on=on,
        )
        if row["signed"]:
            sign_letter(actor=self.people.liaisons[unit.short_name], letter=letter)
        if "answer" in row:
            answer_letter(actor=self.people.liaisons[unit.short_name], letter=letter, answer=row["answer"], files=_papers(row))
        if "closed" in row:
            close_letter(actor=self.people.reviewer, letter=letter, opinion=row["closed"])

    @cached_property
    def _late_reply_by(self) -> dt.date:
        """A working day that has passed since the letter sent some time ago."""
        return self._workday(self.plan.today - dt.timedelta(days=LATE_DAYS))

    @cached_property
    def _reply_by(self) -> dt.date:
        return self._workday(self.plan.today)

    def _workday(self, start: dt.date) -> dt.date:
        """Some working days from then. Where that calendar is not loaded, a weekday of next week is entered as worked, marked 示例."""
        try:
            return WorkCalendar().after(start, REPLY_WORKING_DAYS if start == self.plan.today else 1)
        except CalendarNotLoaded as unknown:
            day = start + dt.timedelta(days=7 if start == self.plan.today else 1)
            day += dt.timedelta(days=8 - day.isoweekday() if day.isoweekday() > FRIDAY else 0)
            note = f"示例：{unknown.year} 年的节假日安排尚未载入，按周一至周五计"
            return override_calendar(actor=self.people.reviewer, day=day, is_workday=True, note=note).day

    def _publish(self) -> None:
        """Draft the notice from the source text, have it approved by the leader, publish its first edition."""
        source, facts = self.annotation.source, self.round["notice"]
        invitation, _contact = source.contact.split("联系电话")
        prose = {
            "issuer": facts["issuer"],
            "title": facts["title"],
            "lead": source.lead,
            "section_one_title": SECTION_TITLES[0],
            "section_one": self._with_placeholders("\n".join(source.section_one)),
            "section_two_title": SECTION_TITLES[1],
            "section_three_title": SECTION_TITLES[2],
            "section_three": "\n".join(source.section_three),
            "invitation": invitation,
            "dated_on": dt.date(*map(int, re.findall(r"\d+", source.date))),
            **{key: facts[key] for key in ("phone", "address", "postcode", "email")},
        }
        texts = {item.number: item.body for item in source.items}
        notice = draft_notice(
            actor=self.people.clerk,
            inspection=self.inspection,
            prose=prose,
            texts=texts,
            source=Source.NOTICE,
            quote=source.lead,
            demonstrated=["title"],
        )
        read_by_heads(self.people, notice)
        submit_notice(actor=self.people.clerk, notice=notice)
        approve_notice(actor=self.people.users["leader"], notice=notice)
        review_secrecy(actor=self.people.reviewer, notice=notice, confirmed=list(CHECKLIST))
        edition = publish(actor=self.people.reviewer, notice=notice, party=True)
        feedback.written(edition, self.people)

    def _with_placeholders(self, text: str) -> str:
        for quote, template in self.round["notice"]["placeholders"]:
            if quote not in text:
                raise ValueError(f"第一部分没有“{quote}”")
            text = text.replace(quote, template)
        return text


def _papers(letter: dict[str, Any]) -> list[SimpleUploadedFile]:
    """What the unit hands in with its answer."""
    return [example_pdf(name, ", ".join(letter["measures"])) for name in letter.get("files", ())]
