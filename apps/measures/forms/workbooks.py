"""Forms around a unit's workbook: handing it in, adding files, choosing what is submitted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from apps.issues.forms.issues import PlausibleDate
from apps.measures.forms.evidence import NAME_LENGTH
from apps.units.models import Role, User
from apps.units.spoken import SpokenForm

MEGABYTE = 1_048_576


def _package(*, required: bool) -> forms.FileField:
    most = settings.WORKBOOK_PACKAGE_MAX_BYTES // MEGABYTE
    return forms.FileField(
        label="佐证材料压缩包",
        required=required,
        max_length=NAME_LENGTH,
        help_text=f"ZIP 格式（选中材料，点右键压缩），不超过 {most} MB，可以分几个包先后上传；文件名要与“佐证材料”表登记的一致。",
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )


class WorkbookForm(SpokenForm):
    """The workbook, and with it a first package of files."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = forms.FileField(
            label="填好的工作簿",
            max_length=NAME_LENGTH,
            help_text=f"XLSX 格式，不超过 {settings.EVIDENCE_MAX_BYTES // MEGABYTE} MB，不设密码。上传后先预览，核对后再提交。",
            widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        )
        self.fields["package"] = _package(required=False)


class PackageForm(SpokenForm):
    """One more package."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["package"] = _package(required=True)


class SubmitForm(SpokenForm):
    """Which day counts as the day of the reports; only the office may set it. The rows are ticked in the preview itself."""

    on = PlausibleDate(
        label="填报日期（补录）",
        required=False,
        help_text="不填的按今天。单位不能登录、由整改办代为导入的，填单位交来工作簿的日期，时限按这一天停住。",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user.role != Role.OFFICE:
            del self.fields["on"]
