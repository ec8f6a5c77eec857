"""The list of recipients: who may be paid, for which villages, and into which account. Saves nothing."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from communities.registry.importers.villages import UNKNOWN_VILLAGE, village_code
from core.lines import Line, each_once, read_file
from core.refusal import gettext_noop
from core.sheets import Column, Parsed

COLUMNS: Final = (
    Column("recipient_code", also=("code",)),
    Column("kind"),
    Column("name"),
    Column("name_km"),
    Column("province", required=False),
    Column("village_codes", also=("villages",)),
    Column("account_channel", required=False),
    Column("account_institution", also=("bank",), required=False),
    Column("account_name", required=False),
    Column("account_number", required=False),
)
COMMUNITY_KINDS: Final = ("VILLAGE_COMMITTEE", "CPA", "CFMC", "ICC", "COMMUNE")
KINDS: Final = (*COMMUNITY_KINDS, "RANGER_UNIT", "PARTNER", "TRAINING_PROVIDER")
CHANNELS: Final = ("BANK", "WALLET", "AGENT")

BAD_CODE: Final = gettext_noop("“%(text)s” is not a code. Use letters, digits, - and _, without spaces.")
CODE_TWICE: Final = gettext_noop("Recipient %(text)s is on line %(first)s already. List each recipient once.")
ACCOUNT_TWICE: Final = gettext_noop("This account is on line %(first)s already. Two recipients may not share an account.")
NO_VILLAGE: Final = gettext_noop("A community covers at least one village. Write their codes, with a space or ; between them.")
VILLAGE_TWICE: Final = gettext_noop("Village %(text)s is written twice on this line.")
HALF_AN_ACCOUNT: Final = gettext_noop("“%(column)s” is empty. An account needs channel, institution, name and number.")
BAD_ACCOUNT: Final = gettext_noop("“%(text)s” is not an account number. It has digits, spaces and - only.")

_SLUG = re.compile(r"^[A-Za-z0-9_-]{1,40}$")
_ACCOUNT = re.compile(r"^\d[\d -]{4,38}\d$")


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """Where a recipient is paid."""

    channel: str
    institution: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A recipient of the list; only communities cover villages."""

    line: int
    code: str
    kind: str
    name: str
    name_km: str
    province: str
    village_codes: tuple[str, ...]
    account: AccountDetails | None


def parse_recipients(*, content: bytes, filename: str, villages: Collection[str]) -> Parsed[RecipientRow]:
    """
    Read the list of recipients (CSV or XLSX), one a line; ``village_codes`` are divided by spaces or ;.

    ``villages`` are the codes of the villages that are known. Refused: a code or an account that stands twice, a
    community without a village, a village that is not known, half an account.
    """
    parsed = read_file(content=content, filename=filename, columns=COLUMNS, read=lambda line: _read(line, villages))
    codes = {row.line: row.code for row in parsed.rows}
    accounts = {row.line: _account_key(row.account) for row in parsed.rows if row.account}
    once = each_once(parsed=parsed, keys=codes, column="recipient_code", sentence=CODE_TWICE)
    return each_once(parsed=once, keys=accounts, column="account_number", sentence=ACCOUNT_TWICE)


def _read(line: Line, villages: Collection[str]) -> RecipientRow:
    code = line.text("recipient_code")
    if code and not _SLUG.match(code):
        line.wrong("recipient_code", BAD_CODE, text=code)
    kind = line.choice("kind", choices=KINDS)
    return RecipientRow(
        line=line.number,
        code=code,
        kind=kind,
        name=line.text("name", most=160),
        name_km=line.text("name_km", required=False, most=160),
        province=line.text("province", required=False, most=120),
        village_codes=_villages(line, kind, villages),
        account=_account(line),
    )


def _villages(line: Line, kind: str, villages: Collection[str]) -> tuple[str, ...]:
    words = [word for word in re.split(r"[\s;,|]+", line.text("village_codes", required=False, most=2000)) if word]
    codes = [village_code(line=line, column="village_codes", text=word) for word in words]
    known = [code for code in codes if code]
    for code in known:
        if code not in villages:
            line.wrong("village_codes", UNKNOWN_VILLAGE, text=code)
    for code in sorted({code for code in known if known.count(code) > 1}):
        line.wrong("village_codes", VILLAGE_TWICE, text=code)
    if kind in COMMUNITY_KINDS and not words:
        line.wrong("village_codes", NO_VILLAGE)
    return tuple(known)


def _account(line: Line) -> AccountDetails | None:
    parts = ("account_channel", "account_institution", "account_name", "account_number")
    if not any(line.peek(part) for part in parts):
        return None
    for part in parts:
        if not line.peek(part):
            line.wrong(part, HALF_AN_ACCOUNT, column=part)
    number = line.text("account_number", required=False)
    if number and not _ACCOUNT.match(number):
        line.wrong("account_number", BAD_ACCOUNT, text=number)
    return AccountDetails(
        channel=line.choice("account_channel", choices=CHANNELS, required=False),
        institution=line.text("account_institution", required=False, most=80),
        name=line.text("account_name", required=False, most=160),
        number=number,
    )


def _account_key(account: AccountDetails) -> str:
    return f"{account.institution.casefold()} {re.sub(r'[^0-9]', '', account.number)}"
