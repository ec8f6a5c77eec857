"""Witnesses: what each row was when it was last written, so that a row changed behind the rules is named."""

from pathlib import Path

from django.db import migrations, models

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seals")]

    operations = [
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("pk", models.CompositePrimaryKey("kind", "item_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(db_collation="C", max_length=63, verbose_name="table")),
                ("item_id", models.BigIntegerField(verbose_name="id")),
                ("facts", models.JSONField(verbose_name="hashes of the columns")),
            ],
            options={
                "verbose_name": "witness",
                "verbose_name_plural": "witnesses",
            },
        ),
        migrations.RunSQL(
            sql=(HERE / "0004_witness.sql").read_text(encoding="utf-8"),
            reverse_sql=(HERE / "0004_witness_undo.sql").read_text(encoding="utf-8"),
        ),
    ]
