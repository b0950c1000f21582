"""`manage.py export_book slug [--output file]`: the book as JSON lines, for verify.py. The export itself is entered in the book."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ledgers.exporting import export_of
from apps.ledgers.models import Book
from apps.ledgers.services import log_export


class Command(BaseCommand):
    help = "Write a book as JSON lines, to standard output or to a file; verify.py checks it offline."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the book")
        parser.add_argument("--output", type=Path, help="a file that is not there yet; standard output without it")

    def handle(self, *args: Any, **options: Any) -> None:
        book = Book.objects.filter(slug=options["slug"]).first()
        if book is None:
            known = "、".join(Book.objects.order_by("pk").values_list("slug", flat=True))
            raise CommandError(f"没有这本台账：{options['slug']}。现有：{known or '无'}")
        target: Path | None = options["output"]
        if target is None:
            log_export(actor=None, book=book)
            sys.stdout.buffer.writelines(export_of(book))
            return
        try:
            with target.open("xb") as out:
                log_export(actor=None, book=book)
                out.writelines(export_of(book))
        except OSError as error:
            raise CommandError(f"写不了 {target}：{error.strerror}") from error
        self.stderr.write(f"已导出 {book.slug} 到 {target}，并记入台账。")
