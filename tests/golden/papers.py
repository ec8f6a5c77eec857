"""Draw one paper of each kind and edition from fixed contents, and write down their hashes: ``python -m tests.golden.papers``."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from reports.render import render_pdf
from reports.render.annex_pages import annex_pdf
from reports.render.statement import merge_statements, render_statement
from reports.render.voucher import render_payment_list, render_voucher
from tests.benchmarks import render as made_up
from tests.golden.snapshot import golden_snapshot

FILE: Final = Path(__file__).with_name("papers.json")
EDITIONS: Final = ("km", "en", "both")
KINDS: Final = ("report", "statement", "voucher", "payment list", "annex")
NAMES: Final = (*(f"{kind} {edition}" for kind in KINDS for edition in EDITIONS), "statements both")

_BANK: Final = {"name": "Main account", "institution": "ACLEDA", "account_number": "0001-2345-6789", "currency": "USD"}


def _both(english: str, khmer: str) -> dict[str, str]:
    return {"en": english, "km": khmer}


_HEAD: Final[dict[str, Any]] = {
    "schema": "forest-dividend/voucher-1", "demonstration": True, "frozen_at": "2026-10-09T02:15:00Z", "verify_address": "https://forest.example/verify",
    "authority": _both("Ministry of Environment, Kingdom of Cambodia", "ក្រសួងបរិស្ថាន ព្រះរាជាណាចក្រកម្ពុជា"),
}  # fmt: skip
_VOUCHER: Final[dict[str, Any]] = {
    **_HEAD, "reference": "D-2026-000123", "status": "paid", "status_title": _both("paid", "បានបើក"), "amount_minor": 3_000_000, "currency": "USD",
    "project": {"code": "keo-seima", "name": _both("Keo Seima Wildlife Sanctuary REDD+", "គម្រោងរេដបូក ដែនជម្រកសត្វព្រៃកែវសីមា")},
    "recipient": {"code": "pu-char", "name": _both("Pu Char village committee", "គណៈកម្មការភូមិពូចារ")},
    "purpose": _both("Community development", "អភិវឌ្ឍន៍សហគមន៍"), "pot": _both("Community development", "អភិវឌ្ឍន៍សហគមន៍"),
    "description": "Two wells and their pumps before the dry season", "bank": _BANK,
    "payee": {"institution": "AMK", "account_name": "Pu Char village committee", "account_number": "778 991 231"},
    "requested": {"by": "Dara Sok", "on": "2026-07-10"}, "decided": {"by": "Chantha Kim", "on": "2026-07-12"}, "account_by": "2026-12-31",
    "payment": {
        "bank_reference": "FT2607-0001", "paid_on": "2026-07-15", "amount_minor": 3_000_000, "fee_minor": 250, "local_minor": 123_000_000,
        "local_currency": "KHR", "rate": "4,100 KHR/USD",
    },
    "sources": [
        {"receipt": "R-2026-0001", "received_on": "2026-07-06", "sale": "S-2026-0001", "amount_minor": 1_000_000},
        {"receipt": "R-2026-0002", "received_on": "2026-07-08", "sale": None, "amount_minor": 2_000_000},
    ],
}  # fmt: skip
_LIST: Final[dict[str, Any]] = {
    **_HEAD, "schema": "forest-dividend/payment-list-1", "bank": {"code": "main", **_BANK}, "on": "2026-07-15", "total_minor": 13_000_078,
    "rows": [
        {
            "reference": f"D-2026-{at:06d}", "recipient": _both(f"Village committee {at}", f"គណៈកម្មការភូមិ {at}"), "purpose": _VOUCHER["purpose"],
            "description": "Wells", "institution": "AMK", "account_name": "Village committee", "account_number": f"778 991 {at:03d}",
            "bank_reference": f"FT-{at}", "amount_minor": 1_000_000 + at, "local_minor": 41_000_000, "local_currency": "KHR",
        }
        for at in range(13)
    ],
}  # fmt: skip


@cache
def drawn(name: str) -> bytes:
    """Draw a paper by its name: kind and edition."""
    kind, edition = name.rsplit(" ", 1)
    if kind == "report":
        return render_pdf(snapshot=golden_snapshot(), language=edition)
    if kind == "statement":
        return render_statement(content=made_up.statement(1), language=edition)
    if kind == "statements":
        return merge_statements(contents=[made_up.statement(at) for at in range(3)], language=edition)
    if kind == "voucher":
        return render_voucher(content=_VOUCHER, language=edition)
    if kind == "payment list":
        return render_payment_list(content=_LIST, language=edition)
    return annex_pdf(head=made_up.HEAD, tables=[made_up.table(2)], language=edition)


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: hashlib.sha256(drawn(name)).hexdigest() for name in NAMES}, indent=1) + "\n", encoding="utf-8")
