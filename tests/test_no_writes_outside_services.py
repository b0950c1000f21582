"""Business models are written by services and nothing else: what is not in ``services`` would not be in the book (design.md §2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ManyToManyField

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
CREATING = {"create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "raw", "_raw_delete"}
WRITING = CREATING | {"save", "delete", "update", "save_base"}
WRITING |= {f"a{name}" for name in WRITING}
RELATION_WRITES = {"add", "set", "remove", "clear"}
WRITING_SQL = ("insert", "update", "delete", "truncate", "drop", "alter")
# No models: workbooks, documents and a picture that are written to memory.
NO_MODELS = {
    ("apps/measures/tables.py", "book.save(out)"),
    ("apps/measures/lists.py", "book.save(out)"),
    ("apps/measures/moves_xlsx.py", "book.save(out)"),
    ("apps/measures/importing/marking.py", "book.save(out)"),
    ("apps/measures/workbooks/making.py", "book.save(out)"),
    ("config/demo/workbooks.py", "book.save(out)"),
    ("apps/measures/papers/sheets.py", "book.save(out)"),
    ("apps/measures/papers/official.py", "self.document.save(out)"),
    ("config/demo/evidence.py", "image.save(out, 'JPEG', quality=80)"),
}


def relations() -> set[str]:
    """The names under which many-to-many relations hang on a row, from both sides."""
    fields = [field for model in apps.get_models() for field in model._meta.get_fields() if isinstance(field, ManyToManyField)]
    return {field.name for field in fields} | {field.remote_field.related_name or "" for field in fields} - {""}


def writes(source: str, many: set[str]) -> Iterator[tuple[int, str]]:
    """Line and words of every call that writes to a model, or could.

    ``update`` counts when it looks like a queryset's (keywords, or nothing positional): dictionaries and hashes take an argument.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, words = node.func.attr, ast.unparse(node)
        queryset = name in WRITING and not (name == "update" and node.args)
        relation = name in RELATION_WRITES and isinstance(node.func.value, ast.Attribute) and node.func.value.attr in many
        if queryset or relation or (name in ("execute", "executemany") and writes_sql(node)):
            yield node.lineno, words


def writes_sql(call: ast.Call) -> bool:
    """Whether the first words of the statement, as far as they are written out, change something."""
    first = next(ast.walk(call.args[0])) if call.args else None
    if isinstance(first, ast.JoinedStr):
        first = first.values[0]
    return isinstance(first, ast.Constant) and str(first.value).strip().lower().startswith(WRITING_SQL)


def is_service(path: Path) -> bool:
    """``services.py`` or a module of the package ``services``; migrations, and what they lay triggers with."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return bool({"services", "migrations"} & set(parts)) or parts == ("apps", "ledgers", "triggers")


def files() -> list[Path]:
    return [path for folder in ("apps", "config", "deploy", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_nothing_but_services_writes_to_models() -> None:
    many = relations()
    found = [
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path in files()
        if not is_service(path)
        for line, words in writes(path.read_text(encoding="utf-8"), many)
        if (path.relative_to(ROOT).as_posix(), words) not in NO_MODELS
    ]
    assert found == []


def test_the_services_are_seen_to_write() -> None:
    """The control on the real files: the same reader finds the writes of every room's services."""
    writing = {path.relative_to(ROOT).parts[1] for path in files() if is_service(path) and list(writes(path.read_text(), relations()))}
    assert {"ledgers", "units", "issues", "measures", "supervision", "reports"} <= writing
    assert {"supporting_units", "members", "units", "measures", "supervision_groups"} <= relations()


SNIPPETS = {
    "measure.save()": True,
    "Measure(issue=issue).save(force_insert=True)": True,
    "measure.delete()": True,
    "Measure.objects.filter(pk=1).update(progress='done')": True,
    "Measure.objects.filter(pk=1).update(**values)": True,
    "Measure.objects.create(issue=issue)": True,
    "issue.measures.create(text='x')": True,
    "Measure.objects.bulk_create(rows)": True,
    "Measure.objects.bulk_update(rows, ['text'])": True,
    "Unit.objects.get_or_create(name='x')": True,
    "Unit.objects.update_or_create(name='x')": True,
    "await row.asave()": True,
    "await rows.aupdate(text='x')": True,
    "measure.supporting_units.set(units)": True,
    "group.members.add(user)": True,
    "unit.supervision_groups.clear()": True,
    "cursor.execute('UPDATE measures_measure SET text = 1')": True,
    'cursor.execute(f"""\n  delete from {table}""")': True,
    "values.update({'a': 1})": False,
    "digest.update(data)": False,
    "seen.add(1)": False,
    "cache.set('a', 1)": False,
    "cursor.execute('SELECT 1')": False,
    "report_progress(actor=actor, measure=measure)": False,
    "update(text='x')": False,
}


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_reader_catches_writes_and_nothing_else(snippet: str) -> None:
    body = f"async def view(request):\n    {snippet}\n" if "await" in snippet else f"def view(request):\n    {snippet}\n"
    assert bool(list(writes(body, relations()))) is SNIPPETS[snippet]


def test_a_write_in_a_view_of_a_room_would_be_found() -> None:
    """The control on a real file with one line more."""
    path = ROOT / "config" / "demo" / "loader.py"
    text = path.read_text(encoding="utf-8")
    assert not is_service(path)
    assert not list(writes(text, relations()))
    assert [words for _line, words in writes(f"{text}\n\ndef fix(row):\n    row.save()\n", relations())] == ["row.save()"]
