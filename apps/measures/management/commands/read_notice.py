"""Read a notice from a file and print the draft it becomes, without writing anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.measures.importing.notices.planned import planned
from apps.measures.importing.notices.reading import read
from apps.measures.importing.notices.sources import lines_in
from apps.measures.importing.tree import Kind, Tree
from apps.units.errors import ActRefused


class Command(BaseCommand):
    """manage.py read_notice FILE [--json]"""

    help = "读一份整改通报（文本、网页或 DOCX），列出读出的方面、问题、措施、数字、制度和存疑之处；不写入任何内容"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            draft = read(lines_in(path.read_bytes()))
        except OSError as error:
            raise CommandError(f"读不到文件 {path}：{error.strerror}") from error
        except ActRefused as refused:
            raise CommandError(refused.message) from refused
        tree = planned(draft)
        if options["as_json"]:
            self.stdout.write(json.dumps(tree.as_json(), ensure_ascii=False, indent=1))
            return
        self._outline(tree)

    def _outline(self, tree: Tree) -> None:
        for name, leaf in tree.facts.items():
            self.stdout.write(f"{name}: {leaf.value if not isinstance(leaf.value, list) else '、'.join(leaf.value)}")
        for category in tree.nodes:
            self.stdout.write(f"{category.text('printed')} {category.text('title')}")
            for issue in category.of_kind(Kind.ISSUE):
                counts = [len(issue.of_kind(kind)) for kind in (Kind.MEASURE, Kind.FIGURE, Kind.REGULATION)]
                told = f"{issue.text('status') or '未写状态'}，措施 {counts[0]}，数字 {counts[1]}，制度 {counts[2]}"
                self.stdout.write(f"  {issue.text('number')}. {issue.text('title')}（{told}）")
        for finding in tree.findings:
            self.stdout.write(f"[{finding.words}] {finding.origin.words} {finding.message}")
