import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.together import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0003_reference_sequences"),
        ("disbursements", "0006_missing_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registry", "0003_frozen_columns"),
        ("spending", "0009_activity_counted"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code_sha256", models.CharField(max_length=64, unique=True, verbose_name="hash of the receipt code")),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("MONEY", "our share or a payment"),
                                    ("SPENDING", "how money was spent"),
                                    ("LAND", "land or boundaries"),
                                    ("CONSENT", "we were not asked or not told"),
                                    ("CONDUCT", "how somebody behaved"),
                                    ("THREAT", "threat or violence"),
                                    ("OTHER", "something else"),
                                ],
                                max_length=10,
                                verbose_name="about",
                            ),
                        ),
                        ("place", models.CharField(blank=True, max_length=160, verbose_name="place")),
                        ("text", models.TextField(blank=True, max_length=4000, verbose_name="what happened")),
                        ("language", models.CharField(choices=[("en", "English"), ("km", "ខ្មែរ")], max_length=2, verbose_name="language")),
                        (
                            "channel",
                            models.CharField(
                                choices=[("PAGE", "public page"), ("LIAISON", "community liaison"), ("TELEPHONE", "telephone")],
                                max_length=10,
                                verbose_name="received by",
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        (
                            "level",
                            models.CharField(
                                choices=[("VILLAGE", "village"), ("COMMUNE", "commune"), ("PROVINCE", "province"), ("MINISTRY", "ministry")],
                                default="VILLAGE",
                                max_length=10,
                                verbose_name="level",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("RECEIVED", "received"), ("ANSWERED", "answered"), ("APPEALED", "appealed"), ("CLOSED", "closed")],
                                default="RECEIVED",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("answer_by", models.DateField(blank=True, null=True, verbose_name="answer until")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="entered by",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to="disbursements.payment",
                                verbose_name="payment",
                            ),
                        ),
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
                            "spending",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to="spending.spendingrecord",
                                verbose_name="spending",
                            ),
                        ),
                        (
                            "village",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="complaints",
                                to="registry.village",
                                verbose_name="village",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "complaint",
                        "verbose_name_plural": "complaints",
                        "indexes": [models.Index(fields=["status", "answer_by"], name="complaint_waiting")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("text", ""), _negated=True), ("recording__isnull", False), _connector="OR"),
                                name="complaint_says_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("channel", "PAGE"), ("entered_by", None)),
                                    models.Q(("channel__in", ["LIAISON", "TELEPHONE"]), ("entered_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="complaint_entered_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer_by__isnull", False), ("status__in", ["RECEIVED", "APPEALED"])),
                                    models.Q(("answer_by", None), ("status__in", ["ANSWERED", "CLOSED"])),
                                    _connector="OR",
                                ),
                                name="complaint_deadline_matches_status",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("level__in", ["VILLAGE", "COMMUNE", "PROVINCE", "MINISTRY"])), name="complaint_level_is_known"
                            ),
                            models.CheckConstraint(condition=models.Q(("code_sha256__regex", "^[0-9a-f]{64}$")), name="complaint_code_is_hashed"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                        ("phone", models.CharField(blank=True, max_length=40, verbose_name="telephone")),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="contact", to="grievances.case", verbose_name="complaint"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "who complained",
                        "verbose_name_plural": "who complained",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("name", ""), _negated=True), models.Q(("phone", ""), _negated=True), _connector="OR"),
                                name="contact_is_somebody",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("RECEIVED", "received"),
                                    ("ANSWERED", "answered"),
                                    ("ESCALATED", "taken to the next level"),
                                    ("APPEALED", "appealed"),
                                    ("CLOSED", "closed"),
                                ],
                                max_length=10,
                                verbose_name="what happened",
                            ),
                        ),
                        ("text", models.TextField(blank=True, max_length=4000, verbose_name="words")),
                        (
                            "level",
                            models.CharField(
                                choices=[("VILLAGE", "village"), ("COMMUNE", "commune"), ("PROVINCE", "province"), ("MINISTRY", "ministry")],
                                max_length=10,
                                verbose_name="level",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        ("missed", models.DateField(blank=True, null=True, verbose_name="missed day")),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="grievances.case", verbose_name="complaint"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "step of a complaint",
                        "verbose_name_plural": "steps of complaints",
                        "indexes": [models.Index(fields=["case", "-id"], name="complaint_latest_step")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("missed__isnull", False)), fields=("case", "missed"), name="complaint_missed_day_once"
                            ),
                            models.UniqueConstraint(condition=models.Q(("kind", "RECEIVED")), fields=("case",), name="complaint_received_once"),
                            models.CheckConstraint(
                                condition=models.Q(("missed", None), models.Q(("by", None), ("kind", "ESCALATED")), _connector="OR"),
                                name="complaint_missed_is_escalated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["ANSWERED", "CLOSED"]), _negated=True),
                                    models.Q(("by__isnull", False), models.Q(("text", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="complaint_answer_has_words",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Publication",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("first", models.DateField(unique=True, verbose_name="first day")),
                        ("end", models.DateField(verbose_name="end")),
                        ("counts", models.JSONField(verbose_name="counts")),
                        ("published_at", models.DateTimeField(verbose_name="published at")),
                    ],
                    options={
                        "verbose_name": "published count of complaints",
                        "verbose_name_plural": "published counts of complaints",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("end__gt", models.F("first"))), name="complaint_counts_days_in_order")
                        ],
                    },
                ),
            ]
        ),
    ]
