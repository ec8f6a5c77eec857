from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "revenue.ledger"
    label = "ledger"
    verbose_name = _("Ledger")
    default_auto_field = "django.db.models.BigAutoField"

    # The application's database role may SELECT and INSERT here …
    APPEND_ONLY_TABLES: ClassVar[tuple[str, ...]] = ("ledger_account", "ledger_tranche", "ledger_entry", "ledger_posting", "ledger_bookclosing")
    # … and only SELECT here: the posting trigger and the migrations write these.
    READ_ONLY_TABLES: ClassVar[tuple[str, ...]] = ("ledger_balance", "ledger_total", "ledger_allowedpair")
    KEPT_OTHERWISE: ClassVar[dict[str, str]] = {
        "ledger_entry": "in the seal of its postings, with every column",
        "ledger_posting": "its seal, and the balances replayed from it",
        "ledger_balance": "replayed from the postings",
        "ledger_total": "added up from the balances",
        "ledger_allowedpair": "compared with the chart",
    }

    def ready(self) -> None:
        from revenue.ledger import checks, seals  # noqa: F401 - register the checks of the books, and what is sealed
