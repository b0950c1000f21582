"""保密审查: who confirmed the text for publication, and what is kept of it with the edition."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from apps.ledgers.triggers import append_only, lifted


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_chinese_placeholders"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        lifted("reports_edition"),
        migrations.AddField("edition", "secrecy", models.JSONField("保密审查", blank=True, default=dict)),
        append_only("reports_edition"),
        migrations.CreateModel(
            name="SecrecyReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checklist", models.JSONField(verbose_name="审查清单")),
                ("note", models.TextField(blank=True, verbose_name="审查说明")),
                ("content_hash", models.CharField(max_length=64, verbose_name="内容指纹")),
                ("party_hash", models.CharField(max_length=64, verbose_name="党内通报内容指纹")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="失效时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审查人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secrecy_reviews",
                        to="reports.notice",
                        verbose_name="通报稿",
                    ),
                ),
            ],
            options={"verbose_name": "保密审查", "verbose_name_plural": "保密审查", "ordering": ("-pk",)},
        ),
        migrations.AddConstraint(
            "secrecyreview",
            models.UniqueConstraint(condition=models.Q(("voided_at__isnull", True)), fields=("notice",), name="secrecy_once"),
        ),
    ]
