"""`manage.py verify_ledger [slug …]`: recompute the chain of every book, or of those named, and name the first entry that does not hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ledgers.chain import verify
from apps.ledgers.models import Book


class Command(BaseCommand):
    help = "Recompute the chain of the books. Exit 1 when one of them is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="slug", help="books to verify; all without one")

    def handle(self, *args: Any, **options: Any) -> None:
        books = list(Book.objects.order_by("pk"))
        unknown = set(options["slugs"]) - {book.slug for book in books}
        if unknown:
            raise CommandError(f"没有这本台账：{'、'.join(sorted(unknown))}")
        broken = 0
        for book in books:
            if options["slugs"] and book.slug not in options["slugs"]:
                continue
            verdict = verify(book)
            broken += not verdict.holds
            ending = "链完整" if verdict.holds else f"在第 {verdict.broken_seq} 条断开：{verdict.problem}"
            self.stdout.write(f"{book.slug}《{book.title}》：核对 {verdict.entries} 条，{ending}")
        if broken:
            raise CommandError(f"{broken} 本台账不完整")
