import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0003_reference_sequences"),
        ("credits", "0001_initial"),
        ("disbursements", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Sample",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        ("first_day", models.DateField(verbose_name="payments from")),
                        ("end_day", models.DateField(verbose_name="payments before")),
                        ("size", models.PositiveIntegerField(verbose_name="payments drawn")),
                        ("frame", models.JSONField(verbose_name="drawn from")),
                        ("frame_sha256", models.CharField(max_length=64, verbose_name="sha256 of what it was drawn from")),
                        ("seed", models.CharField(max_length=64, verbose_name="seed")),
                        ("drawn_at", models.DateTimeField(verbose_name="drawn at")),
                        (
                            "drawn_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="drawn by"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="samples",
                                to="credits.project",
                                verbose_name="project",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sample of payments",
                        "verbose_name_plural": "samples of payments",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("end_day__gt", models.F("first_day"))), name="sample_days_in_order"),
                            models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="sample_is_of_something"),
                            models.CheckConstraint(condition=models.Q(("seed", ""), _negated=True), name="sample_has_seed"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SampledPayment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("stratum", models.CharField(max_length=40, verbose_name="stratum")),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        (
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="samples",
                                to="disbursements.payment",
                                verbose_name="payment",
                            ),
                        ),
                        (
                            "sample",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="callbacks.sample", verbose_name="sample"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "payment to check",
                        "verbose_name_plural": "payments to check",
                        "constraints": [
                            models.UniqueConstraint(fields=("sample", "payment"), name="sampled_payment_once"),
                            models.UniqueConstraint(fields=("sample", "position"), name="sampled_position_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Asking",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("asked_at", models.DateTimeField(verbose_name="sent at")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="who asks the village",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="askings",
                                to="callbacks.sampledpayment",
                                verbose_name="payment to check",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "request to check",
                        "verbose_name_plural": "requests to check",
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("client_key", models.UUIDField(unique=True, verbose_name="form key")),
                        ("channel", models.CharField(choices=[("CALL", "telephone call"), ("VISIT", "visit")], max_length=10, verbose_name="how")),
                        ("asked_on", models.DateField(verbose_name="asked on")),
                        ("was_reached", models.BooleanField(verbose_name="somebody was reached")),
                        ("was_received", models.BooleanField(blank=True, null=True, verbose_name="says that money was received")),
                        ("amount_minor", models.BigIntegerField(blank=True, null=True, verbose_name="amount received")),
                        ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                        ("received_on", models.DateField(blank=True, null=True, verbose_name="received on")),
                        ("spoken_to", models.CharField(blank=True, max_length=160, verbose_name="who answered")),
                        ("words", models.CharField(blank=True, max_length=500, verbose_name="in their words")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        (
                            "photo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="photo",
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="asked by"
                            ),
                        ),
                        (
                            "recording",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.storedfile",
                                verbose_name="voice recording",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="callbacks.sampledpayment",
                                verbose_name="payment to check",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "villager's answer",
                        "verbose_name_plural": "villagers' answers",
                        "indexes": [models.Index(fields=["item", "-recorded_at", "-id"], name="answer_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount_minor", None), ("received_on", None), ("was_reached", False), ("was_received", None)),
                                    models.Q(("was_reached", True), ("was_received__isnull", False), models.Q(("spoken_to", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="answer_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount_minor", None), ("currency", "")),
                                    models.Q(("amount_minor__gt", 0), ("was_received", True), models.Q(("currency", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="answer_amount_whole",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
