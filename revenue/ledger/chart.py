"""The chart of accounts: kinds of place, sources of money, and the pairs each event may move between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

# Kinds of account, in the order an accountant reads them.
RECEIVED: Final = "received"
OTHERS: Final = "others"
UNALLOCATED: Final = "unallocated"
POT: Final = "pot"
RESERVE: Final = "reserve"
WITHHELD: Final = "withheld"
COMMITTED: Final = "committed"
SHORTFALL: Final = "shortfall"
NOT_OURS: Final = "not_ours"
ADVANCE: Final = "advance"
RECOVERABLE: Final = "recoverable"
SPENT: Final = "spent"
CHARGE: Final = "charge"
LOST: Final = "lost"
FX: Final = "fx"

WORLD: Final = (RECEIVED, OTHERS)
AT_BANK: Final = (UNALLOCATED, POT, RESERVE, WITHHELD, COMMITTED, SHORTFALL, NOT_OURS)
WITH_RECIPIENTS: Final = (ADVANCE, RECOVERABLE)
USED: Final = (SPENT, CHARGE, LOST, FX)
KINDS: Final = (*WORLD, *AT_BANK, *WITH_RECIPIENTS, *USED)

# Facts are never refused: these may pass zero. A shortfall may only lie below it.
UNGUARDED: Final = (RECEIVED, OTHERS, SHORTFALL, FX)
NEVER_ABOVE_ZERO: Final = (SHORTFALL,)
BY_LOT: Final = (COMMITTED, ADVANCE, RECOVERABLE)
BY_LOT_LOCAL: Final = (ADVANCE,)
NEEDS_POT: Final = (POT, WITHHELD, COMMITTED, CHARGE)
NEEDS_HOLDER: Final = (ADVANCE, RECOVERABLE)
# What was received equals the sum of these, in every tranche.
OURS: Final = tuple(kind for kind in (*AT_BANK, *WITH_RECIPIENTS, *USED) if kind != NOT_OURS)
DISBURSED: Final = (*WITH_RECIPIENTS, *USED)

KIND_NAMES: Final = {
    RECEIVED: _("Received"),
    OTHERS: _("Owed to others"),
    UNALLOCATED: _("Unallocated"),
    POT: _("Pot"),
    RESERVE: _("Reserve"),
    WITHHELD: _("Withheld"),
    COMMITTED: _("Committed"),
    SHORTFALL: _("Shortfall"),
    NOT_OURS: _("Not ours"),
    ADVANCE: _("Advance"),
    RECOVERABLE: _("To be repaid"),
    SPENT: _("Spent"),
    CHARGE: _("Bank charges"),
    LOST: _("Written off"),
    FX: _("Exchange difference"),
}

FOREST_PROTECTION: Final = "forest_protection"
COMMUNITY_DEVELOPMENT: Final = "community_development"
TRAINING: Final = "training"
PURPOSES: Final = (FOREST_PROTECTION, COMMUNITY_DEVELOPMENT, TRAINING)

SALE: Final = "SALE"
INTEREST: Final = "INTEREST"
DONOR: Final = "DONOR"
OPENING_SOURCE: Final = "OPENING"
SOURCES: Final = (SALE, INTEREST, DONOR, OPENING_SOURCE)

FIFO: Final = "FIFO"
PROPORTIONAL: Final = "PROPORTIONAL"

RECEIPT: Final = "receipt"
SENDER_FEE: Final = "sender_fee"
HOLD_NOT_OURS: Final = "hold_not_ours"
REFUND_NOT_OURS: Final = "refund_not_ours"
IDENTIFY: Final = "identify"
ALLOCATE: Final = "allocate"
RELEASE: Final = "release"
REALLOCATE: Final = "reallocate"
BANK_TRANSFER: Final = "bank_transfer"
APPROVE: Final = "approve"
RELEASE_COMMITMENT: Final = "release_commitment"
PAY: Final = "pay"
PAY_FINAL: Final = "pay_final"
BANK_FEE: Final = "bank_fee"
RETURNED: Final = "returned"
SPEND: Final = "spend"
RETURN: Final = "return"
DISALLOW: Final = "disallow"
REPAID: Final = "repaid"
WRITE_OFF: Final = "write_off"
ALLOWED_AFTER_ALL: Final = "allowed_after_all"
RECALL: Final = "recall"
REFUND: Final = "refund"
COVER: Final = "cover"
OPENING: Final = "opening"
REVERSAL: Final = "reversal"

EVENT_NAMES: Final = {
    RECEIPT: _("Receipt"),
    SENDER_FEE: _("Fee kept by the sender's bank"),
    HOLD_NOT_OURS: _("Money held that is not ours"),
    REFUND_NOT_OURS: _("Money sent back that was not ours"),
    IDENTIFY: _("Receipt identified"),
    ALLOCATE: _("Allocation"),
    RELEASE: _("Release"),
    REALLOCATE: _("Reallocation"),
    BANK_TRANSFER: _("Transfer between banks"),
    APPROVE: _("Approval"),
    RELEASE_COMMITMENT: _("Commitment released"),
    PAY: _("Advance paid"),
    PAY_FINAL: _("Final payment"),
    BANK_FEE: _("Bank fee"),
    RETURNED: _("Payment returned by the bank"),
    SPEND: _("Spending"),
    RETURN: _("Advance returned"),
    DISALLOW: _("Spending not accepted"),
    REPAID: _("Repayment"),
    WRITE_OFF: _("Written off"),
    ALLOWED_AFTER_ALL: _("Accepted after all"),
    RECALL: _("Receipt recalled"),
    REFUND: _("Shortfall paid from another tranche"),
    COVER: _("Shortfall or exchange difference covered"),
    OPENING: _("Opening position"),
    REVERSAL: _("Reversal"),
}

# These post an earlier entry the other way round, row by row; the database compares them.
REVERSING: Final = (REVERSAL, RETURNED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where money is and what for: ``bank``, ``pot``, ``holder`` and ``purpose`` are codes, empty where they mean nothing."""

    kind: str
    currency: str
    bank: str = ""
    pot: str = ""
    holder: str = ""
    purpose: str = ""

    @property
    def code(self) -> str:
        """The account's code, the same text the database makes."""
        return "|".join((self.kind, self.currency, self.bank, self.pot, self.holder, self.purpose))


def place_of(code: str) -> Place:
    """Turn an account's code back into the place."""
    return Place(*code.split("|"))


@dataclass(frozen=True, slots=True)
class Row:
    """
    One amount from ``credit`` to ``debit``, of one tranche.

    ``amount_minor`` is in the minor units of both places' currency; ``lot`` is the disbursement
    the money belongs to, or 0; ``local_minor`` is what the recipient holds in ``local_currency``.
    """

    debit: Place
    credit: Place
    amount_minor: int
    tranche_id: int
    lot: int = 0
    local_minor: int = 0
    local_currency: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """
    A movement an event may make, and how its two places must agree.

    A place that leaves a code empty agrees with any; ``other_bank`` wants two banks.
    """

    event: str
    debit: str
    credit: str
    same_bank: bool = True
    same_pot: bool = False
    same_holder: bool = False
    other_bank: bool = False


def _pairs(
    event: str,
    debits: Iterable[str],
    sources: Iterable[str],
    *,
    same_pot: bool = False,
    same_holder: bool = False,
    other_bank: bool = False,
) -> list[Pair]:
    return [Pair(event, debit, credit, not other_bank, same_pot, same_holder, other_bank) for debit in debits for credit in sources]


_SHELVES = (POT, RESERVE, WITHHELD)
_ROUNDING_UP = (POT, SHORTFALL)
_REFUNDABLE = (SPENT, CHARGE, FX, ADVANCE, RECOVERABLE, LOST)

PAIRS: Final[tuple[Pair, ...]] = (
    # Money in
    *_pairs(RECEIPT, [UNALLOCATED], [RECEIVED]),
    *_pairs(RECEIPT, [CHARGE], [UNALLOCATED]),
    *_pairs(RECEIPT, [NOT_OURS], [OTHERS]),
    *_pairs(SENDER_FEE, [CHARGE], [UNALLOCATED]),
    *_pairs(HOLD_NOT_OURS, [NOT_OURS], [OTHERS]),
    *_pairs(REFUND_NOT_OURS, [OTHERS], [NOT_OURS]),
    *_pairs(IDENTIFY, [OTHERS], [NOT_OURS]),
    *_pairs(IDENTIFY, [UNALLOCATED], [RECEIVED]),
    *_pairs(IDENTIFY, [CHARGE], [UNALLOCATED]),
    *_pairs(OPENING, [kind for kind in OURS if kind != SHORTFALL], [RECEIVED]),
    *_pairs(OPENING, [NOT_OURS], [OTHERS]),
    # Sharing it out
    *_pairs(ALLOCATE, _SHELVES, [UNALLOCATED]),
    *_pairs(RELEASE, _SHELVES, [RESERVE, WITHHELD]),
    *_pairs(REALLOCATE, _SHELVES, _SHELVES),
    *(
        pair
        for kind in (UNALLOCATED, POT, RESERVE, WITHHELD, COMMITTED, NOT_OURS)
        for pair in _pairs(BANK_TRANSFER, [kind], [kind], same_pot=True, same_holder=True, other_bank=True)
    ),
    # Paying
    *_pairs(APPROVE, [COMMITTED], [POT], same_pot=True),
    *_pairs(RELEASE_COMMITMENT, [POT], [COMMITTED], same_pot=True),
    *_pairs(PAY, [ADVANCE], [COMMITTED], same_pot=True, same_holder=True),
    *_pairs(PAY_FINAL, [SPENT], [COMMITTED], same_pot=True),
    *(
        pair
        for event in (PAY, PAY_FINAL)
        for pair in (
            *_pairs(event, [COMMITTED], _ROUNDING_UP, same_pot=True),
            *_pairs(event, [POT], [COMMITTED], same_pot=True),
            *_pairs(event, [CHARGE], _ROUNDING_UP),
        )
    ),
    *_pairs(BANK_FEE, [CHARGE], _ROUNDING_UP, same_pot=True),
    # Accounting for it
    *_pairs(SPEND, [SPENT], [ADVANCE], same_pot=True, same_holder=True),
    *_pairs(RETURN, [POT, FX], [ADVANCE], same_pot=True),
    *_pairs(RETURN, [POT], [FX]),
    *_pairs(DISALLOW, [RECOVERABLE], [SPENT, ADVANCE], same_pot=True, same_holder=True),
    *_pairs(REPAID, [POT, FX], [RECOVERABLE], same_pot=True),
    *_pairs(REPAID, [POT], [FX]),
    *_pairs(WRITE_OFF, [LOST], [RECOVERABLE], same_pot=True, same_holder=True),
    *_pairs(ALLOWED_AFTER_ALL, [SPENT], [RECOVERABLE], same_pot=True, same_holder=True),
    # Facts that hurt
    *_pairs(RECALL, [UNALLOCATED], [POT, RESERVE, WITHHELD, COMMITTED]),
    *_pairs(RECALL, [RECEIVED], [UNALLOCATED, SHORTFALL]),
    *_pairs(REFUND, _REFUNDABLE, [POT, RESERVE]),
    *_pairs(REFUND, [SHORTFALL], _REFUNDABLE),
    *_pairs(COVER, [SHORTFALL], [UNALLOCATED, POT, RESERVE]),
    *_pairs(COVER, [CHARGE], [FX]),
    *_pairs(COVER, [POT], [RESERVE, POT]),
)
EVENTS: Final = (*dict.fromkeys(pair.event for pair in PAIRS), *REVERSING)
