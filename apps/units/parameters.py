"""Parameters of an address, and text sent without a form. What is not understood is refused (400) with a sentence, never ignored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.http import HttpRequest

from apps.units.errors import ActRefused

SHOWN = 40


def refuse_unknown(request: HttpRequest, *known: str) -> None:
    """Refuse an address with a parameter that this page does not have."""
    for name in request.GET:
        if name not in known:
            raise ActRefused(f"这个页面没有“{name[:SHOWN]}”这个条件，请核对网址，或去掉条件重新打开。")


def chosen_of(request: HttpRequest, name: str, label: str, values: Iterable[str]) -> str:
    """The value asked for, empty where none was; one that is not among the values is refused."""
    value = request.GET.get(name, "")
    if value and value not in values:
        raise ActRefused(f"{label}没有“{value[:SHOWN]}”这一项，请核对网址，或去掉条件重新打开。")
    return value


def day_of(request: HttpRequest, name: str, label: str, *, default: dt.date, latest: dt.date) -> dt.date:
    """The day asked for, the default where none was; what is no date, or lies after the latest day, is refused."""
    value = request.GET.get(name, "").strip()
    if not value:
        return default
    try:
        day = dt.date.fromisoformat(value)
    except ValueError as error:
        raise ActRefused(f"{label}“{value[:SHOWN]}”不是日期，请按“2025-12-31”的格式填写。") from error
    if day > latest:
        raise ActRefused(f"{label}不能晚于今天（{latest}），请改填以前的日期。")
    return day


def page_of(rows: Any, request: HttpRequest, per_page: int) -> Page[Any]:
    """The page asked for, the first where none was; one that is not there is refused."""
    pages = Paginator(rows, per_page)
    try:
        return pages.page(request.GET.get("page", "1"))
    except InvalidPage as error:
        raise ActRefused(f"没有这一页：一共 {pages.num_pages} 页。请核对网址，或去掉条件重新打开。") from error


def written(request: HttpRequest, name: str) -> str:
    """Text that was sent, empty where none was. PostgreSQL keeps no NUL: refused here as forms refuse it at their fields."""
    text: str = request.POST.get(name, "")
    if "\x00" in text:
        raise ActRefused("文字里有不能保存的控制字符，请删去后重新填写。", field=name)
    return text
