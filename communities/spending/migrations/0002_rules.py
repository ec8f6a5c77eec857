"""Rules that Django's own constraints cannot say."""

from django.db import migrations

from core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("spending", "0001_initial")]

    operations = [
        append_only("spending_evidence"),
        append_only("spending_reviewstep"),
    ]
