"""An allocation names all the sheets of counts that it was shared by, not the newest alone."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations import RunSQL

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_frozen_columns"),
        ("sharing", "0007_assigned_money_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsedCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="counts", to="sharing.allocationrun", verbose_name="allocation"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.indicatorsnapshot",
                        verbose_name="indicator snapshot",
                    ),
                ),
            ],
            options={
                "verbose_name": "counts used",
                "verbose_name_plural": "counts used",
                "constraints": [models.UniqueConstraint(fields=("run", "snapshot"), name="used_count_once_a_run")],
            },
        ),
        # Allocations from before name the newest, and the days of the others in what they say of each line.
        RunSQL(
            sql="""
            INSERT INTO sharing_usedcount (run_id, snapshot_id)
            SELECT id, snapshot_id FROM sharing_allocationrun WHERE snapshot_id IS NOT NULL ORDER BY id;
            SET CONSTRAINTS ALL IMMEDIATE;
            SET CONSTRAINTS ALL DEFERRED;
            """,
            reverse_sql=RunSQL.noop,
        ),
        append_only("sharing_usedcount"),
    ]
