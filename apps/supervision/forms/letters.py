"""Forms about letters. Rules across fields are the services'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.forms import BaseFormSet

from apps.issues.forms.issues import LONGEST_KEY, PlausibleDate, Several, narrowed, words
from apps.measures.deadlines import CalendarNotLoaded
from apps.measures.forms.evidence import limits
from apps.measures.models import Measure
from apps.measures.services.files import ACCEPTED
from apps.supervision.ladder import Level
from apps.supervision.models import LadderLevel, Letter
from apps.supervision.services.laddering import LONGEST_CLOCK, MOST_LEVELS
from apps.units.spoken import SpokenForm

OWN_CLOCK = "今天以后的工作日。不填的，按所选级别的期限计算。"


class MeasureChoices(Several):
    """Measures by number and text."""

    def label_from_instance(self, obj: Measure) -> str:
        return f"{obj.number} {obj.text}（{f'时限 {obj.due_on}' if obj.due_on else '不设时限'}）"


class LevelChoiceForm(SpokenForm):
    """A level of the ladder, what is required, until when."""

    level = forms.ChoiceField(label="级别", widget=forms.RadioSelect)
    requirement = words("督办要求", help_text="写明要办什么、办到什么程度。")
    reply_by = PlausibleDate(label="回复期限", required=False, help_text=OWN_CLOCK)

    def __init__(self, *args: Any, levels: Sequence[Level], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["level"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(level.code, level_words(level, today)) for level in levels]
        usual = [level.code for level in levels if level.code == Letter.Level.BLUE]
        field.initial = usual[0] if usual else (levels[0].code if levels else None)
        field.help_text = "逐级加重；情况紧急的，可以直接发您有权发出的更高级别。"


class LetterForm(LevelChoiceForm):
    """A letter about some of the running measures that one unit leads."""

    measures = MeasureChoices(
        label="督办措施",
        queryset=Measure.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="该单位牵头、尚未办结的措施，可以多选。",
        error_messages={"required": "请至少选择一条措施", "invalid_choice": "所选措施已办结或不在范围内，请重新选择"},
    )
    field_order = ("level", "measures", "requirement", "reply_by")

    def __init__(self, *args: Any, measures: QuerySet[Measure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrowed(self, "measures", measures)


class FilesInput(forms.FileInput):
    """Several files in one box."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        several = getattr(files, "getlist", None)
        return several(name) if several else files.get(name)


class SeveralFiles(forms.FileField):
    """Any number of files, as a list."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        found: list[UploadedFile[bytes]] = [super(SeveralFiles, self).clean(each, initial) for each in given if each]
        return found


class AnswerForm(SpokenForm):
    """The unit's answer to a letter, with its files."""

    answer = words("办理情况", help_text="逐条写明办理结果；未办结的写明原因和完成时间。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = SeveralFiles(
            label="佐证材料",
            required=False,
            max_length=160,
            help_text=f"可以一次选几份，最多 {settings.EVIDENCE_MAX_FILES} 份。{limits()}提交没有成功的，要重新选择文件。",
            widget=FilesInput(attrs={"accept": ",".join(f".{name}" for name in ACCEPTED)}),
        )


class CheckedReplyForm(SpokenForm):
    """What is said about the answer that the page showed (``reply``)."""

    reply = forms.IntegerField(label="所核验的回复", widget=forms.HiddenInput, required=False, min_value=0)


class CloseForm(CheckedReplyForm):
    """The answer is accepted."""

    opinion = words("核验意见", required=False, help_text="需要留下意见的填写，例如“材料齐全，予以办结”。")


class ReturnForm(CheckedReplyForm):
    """The answer is not enough."""

    requirement = words("补充要求", help_text="写明还缺什么、要补充到什么程度。")
    reply_by = PlausibleDate(label="新的回复期限", required=False, help_text="今天以后的工作日。不填的，按本级别的期限计算。")


class EscalateForm(SpokenForm):
    """The letter of the next level."""

    requirement = words("督办要求", help_text="已带出原督查单的要求，可以修改。")
    reply_by = PlausibleDate(label="回复期限", required=False, help_text="今天以后的工作日。不填的，按该级别的期限计算。")


class DeclineForm(SpokenForm):
    """Why the letter stays at its level."""

    note = forms.CharField(
        label="不升级的理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="例如“已电话核实，材料本周送达”。"
    )


class LevelForm(SpokenForm):
    """One level of the ladder."""

    code = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    rank = forms.IntegerField(label="次序", min_value=1, max_value=99)
    name = forms.CharField(label="名称", max_length=LadderLevel._meta.get_field("name").max_length)
    colour = forms.ChoiceField(label="颜色", choices=LadderLevel.Colour.choices)
    senders = forms.MultipleChoiceField(label="谁可以发", choices=LadderLevel.Sender.choices, widget=forms.CheckboxSelectMultiple)
    receiver = forms.ChoiceField(label="发给谁", choices=LadderLevel.Receiver.choices)
    reply_working_days = forms.IntegerField(label="回复期限（工作日）", min_value=1, max_value=LONGEST_CLOCK)

    def level(self) -> Level:
        given = self.cleaned_data
        return Level(given["code"], given["name"], given["colour"], tuple(given["senders"]), given["receiver"], given["reply_working_days"])


class LevelRows(BaseFormSet[LevelForm]):
    """All levels and an empty one to add. Those that letters carry cannot be taken away."""

    used: frozenset[str] = frozenset()

    def add_fields(self, form: LevelForm, index: int | None) -> None:
        super().add_fields(form, index)
        box = form.fields["DELETE"]
        box.label = "去掉这一级"
        if index is not None and index < self.initial_form_count():
            initial = (self.initial or [])[index]
            if initial["code"] in self.used:
                box.disabled, box.help_text = True, "已经发过，不能去掉。"

    def levels(self) -> list[Level]:
        """In the order that the ranks say; call when valid."""
        kept = [form for form in self.forms if form.has_changed() or form.initial]
        kept = [form for form in kept if form not in self.deleted_forms]
        return [form.level() for form in sorted(kept, key=lambda form: form.cleaned_data["rank"])]


_Levels = forms.formset_factory(LevelForm, formset=LevelRows, extra=1, can_delete=True, max_num=MOST_LEVELS, absolute_max=MOST_LEVELS + 10)


def level_formset(data: Any, levels: Sequence[Level], used: frozenset[str]) -> LevelRows:
    """The ladder to change; ``used`` are the codes that letters carry."""
    found = _Levels(data, initial=level_rows(levels))
    if not isinstance(found, LevelRows):
        raise TypeError(found)
    found.used = used
    return found


class LadderReasonForm(SpokenForm):
    """Why the ladder changes."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_KEY * 2, required=False)
    reason = words("调整理由", rows=2, help_text="调整前后的级别会一并记入台账。已发的督查单保持原来的名称。")


def level_words(level: Level, today: dt.date) -> str:
    """A level and by when it is to be answered."""
    try:
        return f"{level.name}（{level.reply_by(today)} 前回复）"
    except CalendarNotLoaded as unknown:
        return f"{level.name}（{unknown.year} 年的节假日安排尚未载入，请填写期限）"


def level_rows(levels: Iterable[Level]) -> list[dict[str, Any]]:
    """The ladder as the formset's initial values."""
    return [
        {
            "code": level.code,
            "rank": rank,
            "name": level.name,
            "colour": level.colour,
            "senders": list(level.senders),
            "receiver": level.receiver,
            "reply_working_days": level.reply_working_days,
        }
        for rank, level in enumerate(levels, start=1)
    ]
