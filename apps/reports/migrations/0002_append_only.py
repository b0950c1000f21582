"""The database itself refuses to change or remove a published edition."""

from django.db import migrations

from apps.ledgers.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [append_only("reports_edition")]
