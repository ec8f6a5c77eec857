"""One sequence for each kind of document reference."""

from django.db import migrations

NAMES = ("sl", "rc", "op", "db", "sp", "tr")


class Migration(migrations.Migration):
    dependencies = [("core", "0002_rules")]

    operations = [
        migrations.RunSQL(sql=f"CREATE SEQUENCE core_reference_{name};", reverse_sql=f"DROP SEQUENCE core_reference_{name};") for name in NAMES
    ]
