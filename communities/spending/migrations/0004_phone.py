import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_reference_sequences"),
        ("disbursements", "0003_frozen_columns"),
        ("ledger", "0004_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0003_frozen_columns"),
        ("spending", "0003_frozen_columns"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Arrival",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("key", models.UUIDField(unique=True, verbose_name="key made on the phone")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("SPENDING", "spending"),
                                    ("TRAINING", "training"),
                                    ("PAYMENT", "confirmation that money arrived"),
                                    ("ANSWER", "answer to the office"),
                                    ("CORRECTION", "correction of a record"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("content", models.JSONField(verbose_name="as it was sent")),
                        ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                        ("arrived_at", models.DateTimeField(verbose_name="arrived at")),
                        ("is_set_aside", models.BooleanField(default=False, verbose_name="set aside")),
                        (
                            "payment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="disbursements.payment",
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "sent_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by"
                            ),
                        ),
                        (
                            "spending",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="spending.spendingrecord",
                                verbose_name="spending record",
                            ),
                        ),
                        (
                            "training",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="spending.trainingrecord",
                                verbose_name="training record",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "arrival from a phone",
                        "verbose_name_plural": "arrivals from phones",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("payment", None), ("spending__isnull", False), ("training", None)),
                                    models.Q(("payment", None), ("spending", None), ("training__isnull", False)),
                                    models.Q(("payment__isnull", False), ("spending", None), ("training", None)),
                                    _connector="OR",
                                ),
                                name="arrival_about_one_thing",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Upload",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                        ("size", models.PositiveIntegerField(verbose_name="bytes")),
                        ("received", models.PositiveIntegerField(default=0, verbose_name="bytes received")),
                        ("started_at", models.DateTimeField(verbose_name="started at")),
                        (
                            "file",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="file",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="from"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "photo on its way",
                        "verbose_name_plural": "photos on their way",
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "sha256"), name="upload_once_a_person"),
                            models.CheckConstraint(
                                condition=models.Q(("received__lte", models.F("size")), ("size__gt", 0)), name="upload_within_size"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("file", None), ("received", models.F("size")), _connector="OR"), name="upload_stored_when_whole"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UploadPart",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("first", models.PositiveIntegerField()),
                        ("data", models.BinaryField()),
                        ("upload", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="spending.upload")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("upload", "first"), name="upload_part_once")],
                    },
                ),
            ]
        ),
        Together(
            [
                migrations.AddField(
                    model_name="evidence",
                    name="latitude",
                    field=models.DecimalField(blank=True, decimal_places=6, max_digits=8, null=True, verbose_name="latitude"),
                ),
                migrations.AddField(
                    model_name="evidence",
                    name="longitude",
                    field=models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="longitude"),
                ),
                migrations.AddField(
                    model_name="evidence",
                    name="original_size",
                    field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="bytes on the phone"),
                ),
                migrations.AddField(
                    model_name="evidence",
                    name="taken_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="taken at"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="latitude",
                    field=models.DecimalField(blank=True, decimal_places=6, max_digits=8, null=True, verbose_name="latitude"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="longitude",
                    field=models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="longitude"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="poor_households",
                    field=models.PositiveIntegerField(default=0, verbose_name="poor households that benefited"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="revised_at",
                    field=models.DateTimeField(blank=True, null=True, verbose_name="corrected at"),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="revised_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="corrected by",
                    ),
                ),
                migrations.AddField(
                    model_name="spendingrecord",
                    name="version",
                    field=models.PositiveIntegerField(default=1, verbose_name="version"),
                ),
                migrations.AddConstraint(
                    model_name="evidence",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude", None), ("longitude", None)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__isnull", False),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__isnull", False),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="evidence_place_on_earth",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("decided_by", models.F("revised_by")), _negated=True), name="spending_reviser_is_not_checker"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revised_at", None), ("revised_by", None), ("version", 1)),
                            models.Q(("revised_at__isnull", False), ("revised_by__isnull", False), ("version__gt", 1)),
                            _connector="OR",
                        ),
                        name="spending_version_has_reviser",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="spendingrecord",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude", None), ("longitude", None)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__isnull", False),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__isnull", False),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="spending_place_on_earth",
                    ),
                ),
            ]
        ),
    ]
