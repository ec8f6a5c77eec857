"""Editions in both languages, signed files, and papers kept as they were drawn."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_frozen_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="reportfile",
            name="format",
            field=models.CharField(
                choices=[
                    ("PDF", "PDF"),
                    ("SPDF", "PDF, signed"),
                    ("XLSX", "XLSX"),
                    ("CSV", "CSV (zip)"),
                    ("JSON", "JSON"),
                    ("APDF", "auditor's annex, PDF"),
                    ("AXLSX", "auditor's annex, XLSX"),
                    ("ACSV", "auditor's annex, CSV (zip)"),
                ],
                max_length=5,
                verbose_name="format",
            ),
        ),
        migrations.AlterField(
            model_name="reportfile",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("km", "ខ្មែរ"), ("both", "Khmer and English")], default="en", max_length=4, verbose_name="language"
            ),
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("VOUCHER", "disbursement voucher"), ("LIST", "list of payments"), ("STATEMENT", "community statement")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("subject", models.CharField(max_length=80, verbose_name="about")),
                ("text", models.TextField(verbose_name="content")),
                ("sha256", models.CharField(max_length=64, unique=True, verbose_name="sha256")),
                ("drawn_at", models.DateTimeField(verbose_name="drawn at")),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="drawn by"
                    ),
                ),
            ],
            options={
                "verbose_name": "paper",
                "verbose_name_plural": "papers",
                "indexes": [models.Index(fields=["kind", "subject", "id"], name="paper_of_a_subject")],
            },
        ),
        append_only("reports_paper"),
        migrations.RunSQL(
            sql="""
            ALTER TABLE reports_paper ADD CONSTRAINT paper_hash_is_of_its_text
                CHECK (sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex'));
            """,
            reverse_sql="ALTER TABLE reports_paper DROP CONSTRAINT paper_hash_is_of_its_text;",
        ),
    ]
