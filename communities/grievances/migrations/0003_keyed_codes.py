"""Key the hashes of receipt codes: a plain hash of sixteen digits can be found by trying. The codes in people's hands stay the same."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations

from communities.grievances.codes import keyed


def key_codes(_apps: Any, schema_editor: Any) -> None:
    """Hash each kept hash once more, with the key. A complaint's columns are frozen for everybody but the tables' owner, here and now."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, code_sha256 FROM grievances_case ORDER BY id")
        changed = [(keyed(plain, key=settings.COMPLAINT_CODE_KEY), pk) for pk, plain in cursor.fetchall()]
        if not changed:
            return
        cursor.execute("ALTER TABLE grievances_case DISABLE TRIGGER USER")
        cursor.executemany("UPDATE grievances_case SET code_sha256 = %s WHERE id = %s", changed)
        cursor.execute("ALTER TABLE grievances_case ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("grievances", "0002_rules")]

    # There is no way back: the plain hashes are gone, as they should be.
    operations = [migrations.RunPython(key_codes)]
