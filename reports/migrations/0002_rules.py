"""Rules that Django's own constraints cannot say."""

from django.db import migrations

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [
        append_only("reports_snapshot"),
        append_only("reports_reportfile"),
    ]
