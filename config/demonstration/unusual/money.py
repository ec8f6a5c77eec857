"""Unusual money that comes in: of the wrong sale, recalled, too much, from nobody known, from a donor, or from the bank itself."""

from __future__ import annotations

from datetime import date
from typing import Final

from config.demonstration.office import Office
from config.demonstration.unusual.example import ACCEPTED_AT, DECIDED_AT, LATER_AT, LOGGED_AT, Example, at_hour, paper
from revenue.credits import services
from revenue.credits.models import BankAccountChange, BankTransfer, OtherIncome, Receipt
from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.ledger.models import Tranche
from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationRun

BANK, OTHER_BANK, OLD_BANK = "moe-aba", "fa-aba", "fa-acleda"
WRONG_SALE, OVERPAID, TAKEN_BACK, CASH = "RCP-KS-04-2", "RCP-RF-04-3", "RCP-UNKNOWN-3", "RCP-UNKNOWN-4"
INTEREST, GRANT = "OI-DEMO-INTEREST", "OI-DEMO-GRANT"


def _receipt(office: Office, name: str, *, bank: str, reference: str, day: date, gross_minor: int, sale: str) -> Receipt:
    return services.record_receipt(
        bank_account_id=office.banks[bank].pk, bank_reference=reference, value_date=day, gross_minor=gross_minor,
        sale_id=office.sales[sale] if sale else None, reference=name, by=office.officer, at=at_hour(day, LOGGED_AT, name),
    )  # fmt: skip


def correct_the_sale(office: Office) -> None:
    """An instalment is booked for the wrong sale, put right by two people, shared otherwise than planned, and partly recalled."""
    came = _receipt(office, WRONG_SALE, bank=BANK, reference="IN261104KS21", day=date(2026, 11, 4), gross_minor=12_000_00, sale="SALE-SC-03")
    why = "The buyer's advice names contract ERPA-KS-2026-04."
    said = services.propose_correction(
        receipt_id=came.pk, sale_id=office.sales["SALE-KS-04"], why=why, by=office.officer, at=at_hour(date(2026, 11, 6), ACCEPTED_AT, WRONG_SALE)
    )
    services.decide_correction(
        correction_id=said.pk, approve=True, reason="", by=office.approver, at=at_hour(date(2026, 11, 9), LATER_AT, WRONG_SALE)
    )
    _depart_from_the_plan(office, came.tranche_id)
    day = date(2026, 11, 18)
    services.recall_receipt(
        receipt_id=came.pk, amount_minor=900_00, value_date=day, bank_reference="REC261118KS21", reason="The buyer's bank paid its own charge twice.",
        document_id=paper(office, words="Recall by the bank of the buyer", day=day), by=office.officer, at=at_hour(day, LOGGED_AT, "recall"),
    )  # fmt: skip


def _depart_from_the_plan(office: Office, tranche_id: int) -> None:
    decided, allocated = date(2026, 11, 10), date(2026, 11, 12)
    ruling = sharing.record_ruling(
        tranche_id=tranche_id, step="3", authority="Steering committee (demonstration)", title="Minutes of 10 November 2026",
        document_id=paper(office, words="Minutes of the steering committee", day=decided), decided_on=decided,
        why="Fires in the buffer zone: more for the patrols, this once.", women_present=4, men_present=4,
        parts={"shares": {"community": "50 %", "protection": "40 %", "training": "10 %"}},
        by=office.officer, at=at_hour(date(2026, 11, 11), LOGGED_AT, "ruling"),
    )  # fmt: skip
    sharing.decide_ruling(ruling_id=ruling.pk, approve=True, reason="", by=office.approver, at=at_hour(date(2026, 11, 11), DECIDED_AT, "ruling"))
    run = sharing.propose_allocation(tranche_id=tranche_id, by=office.officer, at=at_hour(allocated, ACCEPTED_AT, "run"))
    if run.status == AllocationRun.Status.PROPOSED:
        sharing.approve_allocation(run_id=run.pk, by=office.approver, at=at_hour(allocated, LATER_AT, "run"), day=allocated)


def take_too_much(office: Office) -> None:
    """A buyer pays USD 2,000.00 more than the sale owes: it is held as not ours, and waits."""
    _receipt(office, OVERPAID, bank=OTHER_BANK, reference="IN261105RF21", day=date(2026, 11, 5), gross_minor=50_000_00, sale="SALE-RF-04")


def take_back_what_nobody_knew(office: Office) -> None:
    """Money that nobody knew is recalled by its bank, wholly."""
    came = _receipt(office, TAKEN_BACK, bank=BANK, reference="IN261110XX04", day=date(2026, 11, 10), gross_minor=640_00, sale="")
    day = date(2026, 11, 12)
    services.recall_receipt(
        receipt_id=came.pk, amount_minor=640_00, value_date=day, bank_reference="REC261112XX04", reason="It was meant for another account.",
        document_id=paper(office, words="Recall of an unknown transfer", day=day), by=office.officer, at=at_hour(day, LOGGED_AT, TAKEN_BACK),
    )  # fmt: skip


def take_cash(office: Office) -> None:
    """Somebody pays cash in at the counter: the slip has no reference, so the bank's line is left to be matched."""
    _receipt(office, CASH, bank=BANK, reference="Slip of 13 November", day=date(2026, 11, 13), gross_minor=320_00, sale="")


def _income(office: Office, name: str, *, kind: str, reference: str, day: date, amount_minor: int, payer: str) -> OtherIncome:
    said = services.propose_income(
        kind=kind, project_id=office.projects["keo-seima"].pk, bank_account_id=office.banks[BANK].pk, bank_reference=reference, value_date=day,
        amount_minor=amount_minor, payer=payer, document_id=paper(office, words=f"Advice of {reference}", day=day), reference=name,
        by=office.officer, at=at_hour(day, LOGGED_AT, name),
    )  # fmt: skip
    return services.decide_income(income_id=said.pk, approve=True, reason="", by=office.approver, at=at_hour(day, DECIDED_AT, name))


def take_interest_and_move_it(office: Office) -> None:
    """The year's interest is credited, and most of it moved to the other account of the programme."""
    _income(office, INTEREST, kind=OtherIncome.Kind.INTEREST, reference="INT261110", day=date(2026, 11, 10), amount_minor=412_35, payer="")
    arrived = date(2026, 11, 17)
    services.record_transfer(
        from_account_id=office.banks[BANK].pk, to_account_id=office.banks[OTHER_BANK].pk, sent_reference="TRF261116", sent_on=date(2026, 11, 16),
        sent_minor=400_00, credited_reference="TRF261116C", credited_on=arrived, credited_minor=398_50,
        places=[Place(chart.UNALLOCATED, "USD", bank=BANK).code], by=office.officer, at=at_hour(arrived, ACCEPTED_AT, "transfer"),
    )  # fmt: skip


def take_a_grant(office: Office) -> None:
    """A donor's grant is put into the communities' pot of one project."""
    day = date(2026, 11, 11)
    _income(
        office,
        GRANT,
        kind=OtherIncome.Kind.GRANT,
        reference="GR261111FF01",
        day=day,
        amount_minor=5_000_00,
        payer="Friends of the Forest (demonstration)",
    )
    said = sharing.propose_assignment(
        tranche_id=Tranche.objects.get(code=GRANT).pk, pot_id=office.pots["keo-seima", "community"], amount_minor=5_000_00,
        recipient_id=office.recipients["KS-ICC-01"].pk, why="The donor gave it for the indigenous community's titling.", by=office.officer,
        at=at_hour(date(2026, 11, 12), LOGGED_AT, GRANT),
    )  # fmt: skip
    sharing.decide_assignment(assignment_id=said.pk, approve=True, reason="", by=office.approver, at=at_hour(date(2026, 11, 12), DECIDED_AT, GRANT))


def move_an_account(office: Office) -> None:
    """One of the programme's own accounts gets another number: it waits for the approver."""
    account = office.banks[OLD_BANK]
    services.propose_account_change(
        bank_account_id=account.pk, institution=account.institution, account_number="0001 01 100299 9", why="The bank renumbered its old accounts.",
        by=office.officer, at=at_hour(date(2026, 11, 19), LOGGED_AT, OLD_BANK),
    )  # fmt: skip


EXAMPLES: Final = (
    Example(lambda: Receipt.objects.filter(reference=WRONG_SALE).exists(), correct_the_sale),
    Example(lambda: Receipt.objects.filter(reference=OVERPAID).exists(), take_too_much),
    Example(lambda: Receipt.objects.filter(reference=TAKEN_BACK).exists(), take_back_what_nobody_knew),
    Example(lambda: Receipt.objects.filter(reference=CASH).exists(), take_cash),
    Example(lambda: BankTransfer.objects.filter(sent_reference="TRF261116").exists(), take_interest_and_move_it),
    Example(lambda: OtherIncome.objects.filter(reference=GRANT).exists(), take_a_grant),
    Example(lambda: BankAccountChange.objects.filter(bank_account__code=OLD_BANK).exists(), move_an_account),
)
