"""The people of the demonstration, who may all be signed in as. Names and password are invented. Needs no Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "forest-2026"  # noqa: S105 - of invented people only, printed when the demonstration starts

SHORT: Final = ("KS", "SC", "TR", "PL", "RF")


@dataclass(frozen=True, slots=True)
class Login:
    """A person to sign in as; ``covers`` are beginnings of the codes of the recipients they log for."""

    username: str
    full_name: str
    role: str
    covers: tuple[str, ...] = ()
    language: str = "en"
    what: str = ""


def _many(prefix: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{prefix}-{number:02d}" for number in range(first, last + 1))


ADMINISTRATOR: Final = Login("admin", "Keo Samnang (demonstration)", "ADMINISTRATOR", what="administrator: people and their access")
OFFICER: Final = Login("officer", "Chan Sopheap (demonstration)", "FINANCE_OFFICER", what="finance officer: asks, pays, checks spending")
SECOND_OFFICER: Final = Login("officer2", "Lim Dara (demonstration)", "FINANCE_OFFICER", what="finance officer, a second one")
APPROVER: Final = Login("approver", "Heng Sreyleak (demonstration)", "FINANCE_APPROVER", what="finance approver: decides, issues reports")
AUDITOR: Final = Login("auditor", "Ouk Visal (demonstration)", "AUDITOR", what="auditor: reads everything, changes nothing")
OFFICE: Final = (ADMINISTRATOR, OFFICER, APPROVER, SECOND_OFFICER, AUDITOR)
FIELD: Final = (
    Login("liaison", "Ploek Phirum (demonstration)", "LIAISON", ("KS-ICC", *_many("KS-VC", 1, 5)), what="community liaison at Keo Seima"),
    Login("liaison-km", "សុខ ចាន់ណា (សាកល្បង)", "LIAISON", _many("KS-VC", 6, 11), "km", "community liaison whose pages are in Khmer"),
    Login("liaison3", "ញ៉ុក សុភា (សាកល្បង)", "LIAISON", _many("KS-VC", 12, 17), "km"),
    Login("liaison4", "Chhun Bopha (demonstration)", "LIAISON", (*_many("SC-VC", 1, 7), "SC-CPA-01")),
    Login("liaison5", "ប្រាក់ រិទ្ធី (សាកល្បង)", "LIAISON", (*_many("SC-VC", 8, 14), "SC-CPA-02"), "km"),
    Login("liaison6", "Som Kosal (demonstration)", "LIAISON", _many("TR-CF", 1, 7)),
    Login("liaison7", "ម៉ៅ ស្រីមុំ (សាកល្បង)", "LIAISON", (*_many("TR-CF", 8, 14), "RF-CF", "RF-ICC"), "km"),
    Login("liaison8", "Kham Sreyneang (demonstration)", "LIAISON", ("PL-CPA", "PL-CC")),
    Login("ranger", "Nhok Vanna (demonstration)", "LIAISON", tuple(f"{short}-RU" for short in SHORT), what="member of the patrol units"),
    Login("partner", "Meas Chenda (demonstration)", "LIAISON", tuple(f"{short}-{what}" for short in SHORT for what in ("OFFICE", "SCHOOL")), what="implementing partners and training providers"),
)  # fmt: skip


def who_logs_for(*, recipient_code: str) -> Login:
    """Return who logs for a recipient."""
    return next(login for login in FIELD if recipient_code.startswith(login.covers))


def welcome(port: int) -> str:
    """Return what to tell whoever started the demonstration: the address, the logins and what to try, as plain text."""
    logins = [login for login in (*OFFICE, *FIELD) if login.what]
    width = max(len(login.username) for login in logins)
    people = "\n".join(f"  {login.username:<{width}}  {login.what}" for login in logins)
    return f"""Forest Dividend answers at http://127.0.0.1:{port}/
Everything in it is demonstration data. The newest quarters are loaded; the older ones, and their reports, are being
loaded by the worker, as the office's first page (/admin/) shows.

Sign in with the password {PASSWORD} as
{people}

Five things to try
  1. As approver: approve or reject a disbursement that waits, and Romtum's next plan: nobody decides on their own request.
  2. As officer: check the spending that communities logged: accept a record, ask about it, or refuse it.
  3. As officer: once the older quarters are closed, close 2026Q3 and watch its reports being made; issue them as approver.
  4. As auditor: trace sale SALE-KS-03 down to the photos of receipts, and a record of spending back up to serial numbers.
  5. As liaison, on a phone or in a narrow window: log a purchase with a photo of its receipt."""
