"""How often the making of files was begun, and when last: what kills its worker each time is given up, what lost its worker is found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_corrections")]
    operations = [
        migrations.AddField("rendering", "attempts", models.PositiveSmallIntegerField("开始次数", default=0)),
        migrations.AddField("rendering", "begun_at", models.DateTimeField("开始时间", null=True, blank=True)),
    ]
