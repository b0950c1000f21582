"""Tags that every room's pages use: icons, the badge 示例, form fields."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.template import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """``{% icon "pen" %}``: a symbol of static/img/sprite.svg, 16 px, in the colour of the text.

    Silent for screen readers, unless a ``label`` says what it means where no word stands beside it.
    """
    said = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="i" {}><use href="{}#{}"></use></svg>', said, sprite(), name)


@cache
def sprite() -> str:
    """Looked up once: a page has dozens of icons, and the collected files change with the process alone."""
    return static("img/sprite.svg")


@register.simple_tag
def demo(row: Any, field: str = "") -> SafeString:
    """``{% demo measure "due_on" %}``: the badge 示例 where that field of the row, or the whole row, is demonstration data."""
    if row is None or not (row.demonstrates(field) if field else row.is_demonstration):
        return SafeString("")
    return badge()


@register.simple_tag
def demo_badge() -> SafeString:
    """``{% demo_badge %}``: the badge 示例 on a heading whose figures include demonstration data; nothing outside demonstrations."""
    return badge() if settings.JIANDI_DEMO else SafeString("")


def badge() -> SafeString:
    return SafeString('<span class="demo" title="原文未给出，为演示数据">示例</span>')


@register.simple_tag(takes_context=True)
def active_url(context: RequestContext, *names: str) -> SafeString:
    """``<a {% active_url "measures:register" %}>``: marks the link when the page shown has one of these names."""
    request = context.get("request")
    match = request.resolver_match if request else None
    return SafeString('aria-current="page"' if match and match.view_name in names else "")


@register.simple_tag(takes_context=True)
def without(context: RequestContext, *names: str) -> str:
    """``{% without "act" "page" %}``: the query of this page without those parameters (``querystring`` takes no variable names)."""
    query = context["request"].GET.copy()
    for name in names:
        query.pop(name, None)
    return f"?{query.urlencode()}"


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, quiet: bool = False, **attrs: Any) -> dict[str, Any]:
    """``{% field form.text rows=6 %}``: label, hint, error line and control of one field; further arguments become attributes.

    ``quiet`` leaves out the word 选填, for filters. Template: parts/field.html with ``field``, ``control`` (the rendered
    widget), ``inline`` (a single checkbox) and ``quiet``.
    """
    widget = bound.field.widget
    inline = isinstance(widget, CheckboxInput)
    if inline or isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        css = "ck"
    elif isinstance(widget, Select) and not isinstance(widget, FileInput):
        css = "form-select"
    else:
        css = "form-control"
    css = f"{widget.attrs.get('class', '')} {css}".strip()
    return {"field": bound, "control": bound.as_widget(attrs={**attrs, "class": css}), "inline": inline, "quiet": quiet}
