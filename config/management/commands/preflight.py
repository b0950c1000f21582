"""`manage.py preflight`: the checks that must be clean before production starts."""

from __future__ import annotations

from typing import Any

from django.core.checks import WARNING, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS

from config import preflight


class Command(BaseCommand):
    help = "Run the deployment checks, and refuse while migrations are missing or a demonstration account is active."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [m for m in run_checks(include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS]) if m.is_serious(WARNING)]
        for finding in findings:
            self.stderr.write(str(finding))
        try:
            preflight.ensure()
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal)) from refusal
        if findings:
            raise CommandError(f"{len(findings)} check(s) failed.")
        self.stdout.write("Ready to start.")
