"""Seals, their members, the queue of what waits, and the triggers that fill it."""

from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from core.append_only import append_only
from core.together import Together

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_rules"), ("core", "0002_rules")]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Unsealed",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(db_collation="C", max_length=20, verbose_name="kind")),
                        ("items", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name="ids")),
                        ("queued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="since")),
                    ],
                    options={
                        "verbose_name": "rows waiting for a seal",
                        "verbose_name_plural": "rows waiting for a seal",
                    },
                ),
                migrations.CreateModel(
                    name="Seal",
                    fields=[
                        ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                        ("previous_root", models.CharField(max_length=64, unique=True, verbose_name="root before")),
                        ("root", models.CharField(max_length=64, unique=True, verbose_name="root")),
                        ("item_count", models.PositiveIntegerField(verbose_name="items")),
                        ("sealed_at", models.DateTimeField(verbose_name="sealed at")),
                        ("content", models.TextField(verbose_name="content")),
                    ],
                    options={
                        "verbose_name": "seal",
                        "verbose_name_plural": "seals",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="seal_counts_from_one"),
                            models.CheckConstraint(condition=models.Q(("item_count__gt", 0)), name="seal_holds_something"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SealItem",
                    fields=[
                        ("pk", models.CompositePrimaryKey("kind", "item_id", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("kind", models.CharField(db_collation="C", max_length=20, verbose_name="kind")),
                        ("item_id", models.BigIntegerField(verbose_name="id")),
                        ("leaf", models.BinaryField(max_length=32, verbose_name="hash")),
                        (
                            "seal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="audit.seal",
                                verbose_name="seal",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sealed item",
                        "verbose_name_plural": "sealed items",
                        "indexes": [django.contrib.postgres.indexes.BrinIndex(fields=["seal"], name="seal_item_by_seal")],
                    },
                ),
            ]
        ),
        append_only("audit_seal"),
        append_only("audit_sealitem"),
        migrations.RunSQL(
            sql=(HERE / "0003_seals.sql").read_text(encoding="utf-8"),
            reverse_sql=(HERE / "0003_seals_undo.sql").read_text(encoding="utf-8"),
        ),
    ]
