"""Unusual spending: accepted in part, disallowed, repaid, written off, allowed after all, covered later, undone, or looking odd."""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import Final

from communities.spending import services
from communities.spending.models import LaterCover, Recoverable, SpendingRecord
from config.demonstration.acts import form_key
from config.demonstration.office import Office
from config.demonstration.unusual.example import (
    ACCEPTED_AT,
    DECIDED_AT,
    LATER_AT,
    Example,
    Purchase,
    at_hour,
    is_logged,
    log,
    paper,
)
from revenue.disbursements.models import Disbursement
from revenue.disbursements.queries import bearers, gaps
from revenue.disbursements.services import propose_covering

KHMER_ADVANCE, DOLLAR_ADVANCE, ODD_ADVANCE = "2026Q4-KS-09", "2026Q4-SC-10", "2026Q4-KS-14"
OLD_ADVANCE, STOLEN_FROM = "2026Q3-KS-05", "2026Q3-PL-04"
BOUGHT, CHECKED, DECIDED, REPAID = date(2026, 11, 9), date(2026, 11, 12), date(2026, 11, 16), date(2026, 11, 20)

IN_PART = Purchase("X-PART", KHMER_ADVANCE, "meetings", BOUGHT, 1_240_500, "KHR", "ហាងសុខា", "អាហារ និងថតចម្លងសម្រាប់មហាសន្និបាត")
DISALLOWED = Purchase(
    "X-DISALLOWED", KHMER_ADVANCE, "water-sanitation", BOUGHT, 3_214_000, "KHR", "Mony Construction", "Pump and pipes for the village well"
)
ALLOWED = Purchase("X-ALLOWED", DOLLAR_ADVANCE, "school-health", BOUGHT, 84_00, "USD", "Dara Hardware", "Books and bags for pupils")
UNDONE = Purchase("X-UNDONE", DOLLAR_ADVANCE, "school-health", BOUGHT, 55_50, "USD", "Sokha Store", "Medicine chest of the village")
# Two of these show one photo; one is a round sum; one is far above what such purchases cost.
ODD = (
    Purchase("X-TWICE-1", ODD_ADVANCE, "livelihoods", BOUGHT, 412_300, "KHR", "កសិដ្ឋានផល្លា", "កូនមាន់ ចំណី និងវ៉ាក់សាំង", "X-TWICE"),
    Purchase("X-TWICE-2", ODD_ADVANCE, "livelihoods", BOUGHT, 412_300, "KHR", "កសិដ្ឋានផល្លា", "កូនមាន់ ចំណី និងវ៉ាក់សាំង", "X-TWICE"),
    Purchase("X-ROUND", ODD_ADVANCE, "water-sanitation", BOUGHT, 1_000_000, "KHR", "Chenda Builders", "Latrines for poor households"),
    Purchase("X-MUCH", ODD_ADVANCE, "school-health", BOUGHT, 12_387_500, "KHR", "Bopha General Supplies", "Books and bags for pupils"),
)


def _accepted(office: Office, bought: Purchase, ineligible: services.Ineligible | None = None) -> SpendingRecord:
    record, at = log(office, bought), at_hour(CHECKED, ACCEPTED_AT, bought.key)
    return services.accept_spending(record_id=record.pk, by=office.second_officer, at=at, on=CHECKED, ineligible=ineligible)


def accept_in_part(office: Office) -> None:
    """A bill of a meeting holds beer: the rest is accepted, and that part is to be repaid."""
    _accepted(office, IN_PART, services.Ineligible(180_000, office.categories["alcohol"], "Two crates of beer stand on the bill."))


def disallow_and_take_back(office: Office) -> None:
    """A part of accepted spending is disallowed and partly repaid; the exchange loss waits for who bears it."""
    record = _accepted(office, DISALLOWED)
    asked = services.disallow_spending(
        client_key=form_key(key="X-DISALLOWED:back"), record_id=record.pk, local_minor=1_000_000, reason="The pump costs a million riel less elsewhere.",
        by=office.second_officer, at=at_hour(DECIDED, LATER_AT, "X-DISALLOWED"), on=DECIDED,
    )  # fmt: skip
    services.record_repayment(
        client_key=form_key(key="X-DISALLOWED:paid"), recoverable_id=asked.pk, bank_account_id=office.banks["moe-aba"].pk,
        bank_reference="REP261120KS16", repaid_on=REPAID, local_minor=600_000, credited_minor=148_50, by=office.officer,
        at=at_hour(REPAID, ACCEPTED_AT, "X-DISALLOWED"),
    )  # fmt: skip
    lost = max((gap for gap in gaps() if gap.is_loss and gap.place.pot == "keo-seima/community"), key=attrgetter("amount_minor"))
    propose_covering(
        client_key=form_key(key="X-DISALLOWED:loss"), tranche_id=lost.tranche_id, gap_id=lost.account_id, source_id=bearers(lost)[0].account_id,
        amount_minor=lost.amount_minor, why="The riel fell between payment and repayment.",
        document_id=paper(office, words="Credit advice of a repayment", day=REPAID), by=office.officer, at=at_hour(REPAID, DECIDED_AT, "X-DISALLOWED"),
    )  # fmt: skip


def allow_after_all(office: Office) -> None:
    """What was disallowed is allowed after all, when the missing list turns up."""
    record = _accepted(office, ALLOWED)
    asked = services.disallow_spending(
        client_key=form_key(key="X-ALLOWED:back"), record_id=record.pk, local_minor=40_00, reason="Nobody signed for the bags.",
        by=office.second_officer, at=at_hour(DECIDED, LATER_AT, "X-ALLOWED"), on=DECIDED,
    )  # fmt: skip
    wish = services.ask_to_allow(
        client_key=form_key(key="X-ALLOWED:allow"), recoverable_id=asked.pk, local_minor=40_00, reason="The school sent the signed list.",
        by=office.second_officer, at=at_hour(DECIDED, DECIDED_AT, "X-ALLOWED"),
    )  # fmt: skip
    services.decide_settlement(
        settlement_id=wish.pk, approve=True, words="Seen.", by=office.approver, at=at_hour(REPAID, LATER_AT, "X-ALLOWED"), on=REPAID
    )


def undo_an_acceptance(office: Office) -> None:
    """An acceptance was a mistake: the approver undoes it, and the money is with the community again."""
    record = _accepted(office, UNDONE)
    services.undo_acceptance(
        record_id=record.pk, reason="The chest is the health centre's own, bought last year.", by=office.approver,
        at=at_hour(DECIDED, DECIDED_AT, "X-UNDONE"), on=DECIDED,
    )  # fmt: skip


def _ask_back(office: Office, reference: str, *, local_minor: int, reason: str) -> Recoverable:
    number = Disbursement.objects.values_list("id", flat=True).get(reference=reference)
    return services.disallow_advance(
        client_key=form_key(key=f"X-BACK:{reference}"), disbursement_id=number, local_minor=local_minor, reason=reason, by=office.second_officer,
        at=at_hour(CHECKED, LATER_AT, reference), on=CHECKED,
    )  # fmt: skip


def _write_off(office: Office, asked: Recoverable, *, local_minor: int, reason: str) -> int:
    return services.ask_write_off(
        client_key=form_key(key=f"X-LOST:{asked.reference}"), recoverable_id=asked.pk, local_minor=local_minor, reason=reason,
        document_id=paper(office, words=reason, day=DECIDED), by=office.second_officer, at=at_hour(DECIDED, LATER_AT, asked.reference),
    ).pk  # fmt: skip


def ask_back_what_is_old(office: Office) -> None:
    """Of an advance that is long due, USD 1,000.00 is asked back; that a part of it is written off waits for the approver."""
    asked = _ask_back(office, OLD_ADVANCE, local_minor=1_000_00, reason="Nothing was accounted for since July.")
    _write_off(office, asked, local_minor=250_00, reason="Washed away by the flood of September")


def write_off_what_was_stolen(office: Office) -> None:
    """What was stolen is written off by the approver, with the police's report."""
    asked = _ask_back(office, STOLEN_FROM, local_minor=120_00, reason="The cash box was stolen.")
    wish = _write_off(office, asked, local_minor=120_00, reason="Report of the police post")
    services.decide_settlement(
        settlement_id=wish, approve=True, words="Seen.", by=office.approver, at=at_hour(DECIDED, DECIDED_AT, STOLEN_FROM), on=DECIDED
    )


def cover_later(office: Office) -> None:
    """What a community spent beyond its advance is paid by its next one."""
    record = SpendingRecord.objects.filter(recipient__code="KS-VC-01", not_funded_minor__gt=0).earliest("id")
    services.cover_later(record_id=record.pk, by=office.officer, at=at_hour(REPAID, LATER_AT, "X-COVER"), on=REPAID)


def log_what_looks_odd(office: Office) -> None:
    """Records wait that the office should look at twice."""
    for bought in ODD:
        log(office, bought)


EXAMPLES: Final = (
    Example(is_logged(IN_PART.key), accept_in_part),
    Example(is_logged(DISALLOWED.key), disallow_and_take_back),
    Example(is_logged(ALLOWED.key), allow_after_all),
    Example(is_logged(UNDONE.key), undo_an_acceptance),
    Example(lambda: Recoverable.objects.filter(disbursement__reference=OLD_ADVANCE).exists(), ask_back_what_is_old),
    Example(lambda: Recoverable.objects.filter(disbursement__reference=STOLEN_FROM).exists(), write_off_what_was_stolen),
    Example(lambda: LaterCover.objects.filter(spending__recipient__code="KS-VC-01").exists(), cover_later),
    Example(is_logged(ODD[0].key), log_what_looks_odd),
)
