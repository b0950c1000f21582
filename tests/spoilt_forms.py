"""A form filled in plausibly, as a browser would send it, and then spoilt one field at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.db import connection

from tests import factories as make

# What can be typed or sent into any field: a day that is not, a number that no column holds, a byte that no database stores, too much.
SPOILT = ("2025-02-30", "9" * 40, "a\x00b", "字" * 20_001, "-1e400")
NO_CHOICE = ("9" * 40, "a\x00b")
# All that SQLite could refuse by itself: it knows neither days nor lengths.
OF_SQLITE = ("9" * 40, "a\x00b")


def sample(field: forms.Field) -> Any:
    """Something plausible for a field without an initial value."""
    if isinstance(field, forms.FileField):
        return None
    if isinstance(field, forms.DateField):
        return make.today().isoformat()
    if isinstance(field, (forms.IntegerField, forms.DecimalField)):
        return "1"
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        values = [str(value) for value, _label in field.widget.choices if str(value)]
        return values[-1:] if isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)) else (values or [""])[0]
    return "按方案办理"


def filled(form: forms.BaseForm) -> dict[str, Any]:
    """What a browser would send: the initial values, and samples where there is none."""
    found = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value in (None, "", []):
            value = sample(field)
        if value is not None:
            many = isinstance(field, forms.ModelMultipleChoiceField)
            found[name] = [getattr(row, "pk", row) for row in value] if many else getattr(value, "pk", value)
    return found


def spoilt(good: dict[str, Any], fields: Mapping[str, forms.Field]) -> Iterator[dict[str, Any]]:
    """Nothing at all; each field left out; each field with each bad value. ``fields`` are those of the form, where there is one.

    All of it is for the database that production has. What the pages make of it is the same on SQLite, which gets only what could
    go wrong in the database itself.
    """
    yield {}
    for name in one_of_each_row(good, fields):
        if connection.vendor != "sqlite":
            yield {key: value for key, value in good.items() if key != name}
        yield from ({**good, name: bad} for bad in bad_for(fields.get(name)))


def bad_for(field: forms.Field | None) -> tuple[str, ...]:
    """A list of choices and a box to tick know nothing of days and numbers: what is not among them is not among them."""
    if connection.vendor == "sqlite":
        return OF_SQLITE
    return NO_CHOICE if isinstance(field, (forms.BooleanField, forms.ChoiceField, forms.ModelChoiceField)) else SPOILT


def one_of_each_row(good: Iterable[str], fields: Mapping[str, forms.Field]) -> list[str]:
    """A form of many rows has the same fields in each, told apart by a number: those of the first and of the last row."""
    alike: dict[tuple[str, type], list[str]] = {}
    for name in good:
        alike.setdefault((re.sub(r"\d+", "0", name), type(fields.get(name))), []).append(name)
    return [name for names in alike.values() for name in dict.fromkeys((names[0], names[-1]))]
