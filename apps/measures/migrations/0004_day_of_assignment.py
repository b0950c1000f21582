"""Since when a lead unit answers for a measure. For measures that are there already the book knows it."""

import zoneinfo

from django.db import migrations, models


def from_the_book(apps, _schema_editor):
    """The day of the latest entry that added the measure or gave it to another unit, in the time zone of its round."""
    Measure, Entry = apps.get_model("measures", "Measure"), apps.get_model("ledgers", "Entry")
    for measure in Measure.objects.select_related("issue__inspection").iterator():
        entries = Entry.objects.filter(subject_type="measure", subject_id=measure.pk).order_by("pk")
        found = None
        for entry in entries.filter(act__in=("measures.add_measure", "measures.assign_measure")):
            if entry.act == "measures.add_measure" or "lead_unit" in entry.payload.get("changes", {}):
                found = entry.at.astimezone(zoneinfo.ZoneInfo(measure.issue.inspection.time_zone)).date()
        if found is not None:
            Measure.objects.filter(pk=measure.pk).update(assigned_on=found)


class Migration(migrations.Migration):
    dependencies = [
        ("measures", "0003_life_of_a_measure"),
        ("ledgers", "0003_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="measure",
            name="assigned_on",
            field=models.DateField(blank=True, null=True, verbose_name="分工日期"),
        ),
        migrations.RunPython(from_the_book, migrations.RunPython.noop),
    ]
