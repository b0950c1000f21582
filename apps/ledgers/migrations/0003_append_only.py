"""The database itself refuses to change or remove an entry."""

from django.db import migrations

from apps.ledgers.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0002_initial")]
    operations = [append_only("ledgers_entry")]
