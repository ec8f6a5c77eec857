from typing import Final

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# For the rights of the application's database role: SELECT and INSERT on these …
APPEND_ONLY_TABLES: Final = (
    "ledger_account",
    "ledger_tranche",
    "ledger_entry",
    "ledger_posting",
    "ledger_bookclosing",
)
# … and SELECT alone on these, which the posting trigger and the migrations write.
READ_ONLY_TABLES: Final = ("ledger_balance", "ledger_total", "ledger_allowedpair", "ledger_leg")


class LedgerConfig(AppConfig):
    name = "revenue.ledger"
    label = "ledger"
    verbose_name = _("Ledger")
    default_auto_field = "django.db.models.BigAutoField"
