"""Which entries a statement line stands for: proposed by reference, chosen by hand, undone with a reason."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from core.audit.models import AuditRecord
from core.people.access import NotYours
from core.people.models import Role
from revenue.credits import services as selling
from revenue.disbursements import queries, services
from revenue.disbursements.models import LineMatch, StatementLine
from revenue.disbursements.movements import open_movements
from revenue.disbursements.refusals import NotAtThisStep, NotFilledIn, NotMatching
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry, Tranche
from revenue.ledger.services import close_books, post, reverse
from tests.revenue import credits_office as office
from tests.revenue.payment_stories import paper
from tests.revenue.sharing_stage import AT, Stage
from tests.revenue.test_coverings import signed_in, text
from tests.revenue.test_disbursements_statements import THREE, accept
from tests.revenue.test_disbursements_statements import Row as Line

pytestmark = pytest.mark.django_db
LINES = "/admin/disbursements/statementline/"


@pytest.fixture
def stage() -> Stage:
    """One receipt (FT-IN-0001) and one payment of 1,000.00 (FT-OUT-0002) with a fee of 2.00."""
    stage = Stage()
    stage.shared()
    stage.paid(fee_minor=200)
    return stage


def accepted(stage: Stage, *more: tuple[str, str, int]) -> list[StatementLine]:
    """Take in a statement of the receipt, the payment, its fee, and more lines (day, text, cents); return those."""
    rows, balance = list(THREE), 899_800
    for day, said, cents in more:
        balance += cents
        amount = f"{abs(cents) / 100:.2f}"
        line: Line = (day, said, amount if cents > 0 else "", amount if cents < 0 else "", f"{balance / 100:.2f}")
        rows.append(line)
    return list(accept(stage, rows).lines.order_by("line"))[3:]


def entry(stage: Stage, event: str) -> Entry:
    return Entry.objects.filter(event=event).latest("id")


def fee(stage: Stage, cents: int, key: str = "monthly") -> Entry:
    """A fee that stands under no document with a bank reference."""
    pot = Place(chart.POT, "USD", bank=stage.bank.code, pot="keo-seima/costs")
    row = Row(Place(chart.CHARGE, "USD", pot="keo-seima/costs"), pot, cents, Tranche.objects.get().pk)
    return post(event=chart.BANK_FEE, day=date(2026, 3, 31), rows=[row], key=key, document="monthly-fee", by_id=None)


def stands_for(line: StatementLine) -> list[str]:
    return [match.entry.event for match in line.matches.filter(undone_at=None).order_by("id")]


# --- By reference ----------------------------------------------------------------------------------------------------------


def test_what_the_bank_sent_back_is_matched_with_its_return(stage: Stage) -> None:
    payment = stage.bank.payments.get()
    services.payment_sent_back(payment_id=payment.pk, on=date(2026, 3, 9), fee_kept=True, by=stage.officer, at=AT)
    (line,) = accepted(stage, ("09/03/2026", "RETURNED Ref: FT-OUT-0002", 100_000))
    # The bank kept its fee: the line is the return less the fee, two entries.
    assert stands_for(line) == ["returned", "bank_fee"]
    assert not queries.unmatched_lines().exists()


def test_a_refund_of_money_that_was_not_ours_is_matched(stage: Stage) -> None:
    held = office.receipt(None, 50_000, "FT-IN-0009", value_date=date(2026, 3, 6))
    selling.refund_receipt(receipt_id=held.pk, day=date(2026, 3, 8), bank_reference="FT-REF-1", by=stage.officer, at=AT)
    came, went = accepted(stage, ("06/03/2026", "INWARD Ref: FT-IN-0009", 50_000), ("08/03/2026", "SENT BACK Ref: FT-REF-1", -50_000))
    assert (stands_for(came), stands_for(went)) == (["hold_not_ours"], ["refund_not_ours"])


def test_a_recall_is_matched(stage: Stage) -> None:
    receipt = stage.sale.receipts.get()
    selling.recall_receipt(
        receipt_id=receipt.pk, amount_minor=10_000, bank_reference="FT-RCL-1", value_date=date(2026, 3, 8), reason="Sent twice",
        document_id=paper(stage).pk, by=stage.officer, at=AT,
    )  # fmt: skip
    (line,) = accepted(stage, ("08/03/2026", "RECALL Ref: FT-RCL-1", -10_000))
    assert stands_for(line) == ["recall"]


def test_interest_and_both_sides_of_a_transfer_are_matched(stage: Stage) -> None:
    income = selling.propose_income(
        kind="INTEREST", project_id=stage.project.pk, bank_account_id=stage.bank.pk, bank_reference="INT-1", value_date=date(2026, 3, 31),
        amount_minor=1_234, payer="", document_id=paper(stage).pk, by=stage.officer, at=AT,
    )  # fmt: skip
    selling.decide_income(income_id=income.pk, approve=True, reason="", by=stage.approver, at=AT)
    (line,) = accepted(stage, ("31/03/2026", "CREDIT INTEREST Ref: INT-1", 1_234))
    assert stands_for(line) == ["receipt"]


def test_an_entry_that_the_office_reversed_moved_nothing(stage: Stage) -> None:
    wrong = fee(stage, 500)
    reverse(entry_id=wrong.pk, day=date(2026, 4, 1), key="undo", by_id=None, document="undo")
    documents = [one.document for one in open_movements(bank_account=stage.bank, first=date(2026, 1, 1), last=date(2026, 12, 31))]
    assert ("monthly-fee" in documents, "undo" in documents, len(documents)) == (False, False, 2)


# --- By hand ---------------------------------------------------------------------------------------------------------------


def test_a_line_is_matched_by_hand_with_an_entry_of_its_amount(stage: Stage) -> None:
    (line,) = accepted(stage, ("31/03/2026", "MONTHLY FEE", -500))
    made = fee(stage, 500)
    facts: dict[str, Any] = {"line_id": line.pk, "entry_id": made.pk, "by_id": stage.officer.pk, "at": AT}
    match = services.match_line(**facts)
    assert (match.amount_minor, match.by_hand, stands_for(line)) == (-500, True, ["bank_fee"])
    assert services.match_line(**facts) == match
    assert "monthly-fee" in AuditRecord.objects.get(act="statement_line.match").content


def test_one_line_stands_for_several_entries_and_several_lines_for_one(stage: Stage) -> None:
    both, first, second = accepted(stage, ("31/03/2026", "FEES", -800), ("01/04/2026", "FEE PART ONE", -300), ("01/04/2026", "FEE PART TWO", -400))
    one, two, three = (fee(stage, cents, key) for cents, key in ((500, "a"), (300, "b"), (700, "c")))
    services.match_lines(line_ids=[both.pk], entry_ids=[one.pk, two.pk], by=stage.officer, at=AT)
    services.match_lines(line_ids=[first.pk, second.pk], entry_ids=[three.pk], by=stage.officer, at=AT)
    assert (len(stands_for(both)), stands_for(first), stands_for(second)) == (2, ["bank_fee"], ["bank_fee"])
    assert not queries.unmatched_lines().exists()


@pytest.mark.parametrize("cents", [-499, 500])
def test_amounts_that_differ_are_refused_with_both(stage: Stage, cents: int) -> None:
    (line,) = accepted(stage, ("31/03/2026", "MONTHLY FEE", cents))
    with pytest.raises(NotMatching, match=r"moved USD -5\.00"):
        services.match_line(line_id=line.pk, entry_id=fee(stage, 500).pk, by_id=stage.officer.pk, at=AT)
    assert stands_for(line) == []


def test_what_is_wholly_on_a_line_is_on_no_other(stage: Stage) -> None:
    first, second = accepted(stage, ("31/03/2026", "MONTHLY FEE", -500), ("30/04/2026", "MONTHLY FEE", -500))
    made = fee(stage, 500)
    services.match_line(line_id=first.pk, entry_id=made.pk, by_id=stage.officer.pk, at=AT)
    with pytest.raises(NotMatching, match="still open"):
        services.match_line(line_id=second.pk, entry_id=made.pk, by_id=stage.officer.pk, at=AT)
    with pytest.raises(NotAtThisStep, match="already"):
        services.match_line(line_id=first.pk, entry_id=fee(stage, 500, "b").pk, by_id=stage.officer.pk, at=AT)


def test_several_for_several_and_two_banks_are_refused(stage: Stage) -> None:
    first, second = accepted(stage, ("31/03/2026", "FEE ONE", -300), ("31/03/2026", "FEE TWO", -300))
    entries = [fee(stage, 200, "a").pk, fee(stage, 400, "b").pk]
    with pytest.raises(NotMatching, match="say nothing"):
        services.match_lines(line_ids=[first.pk, second.pk], entry_ids=entries, by=stage.officer, at=AT)
    with pytest.raises(NotMatching):
        services.match_lines(line_ids=[first.pk, 0], entry_ids=entries, by=stage.officer, at=AT)


@pytest.mark.parametrize("role", [Role.FINANCE_APPROVER, Role.AUDITOR, Role.LIAISON])
def test_only_an_officer_matches(stage: Stage, role: str) -> None:
    (line,) = accepted(stage, ("31/03/2026", "MONTHLY FEE", -500))
    with pytest.raises(NotYours):
        services.match_line(line_id=line.pk, entry_id=fee(stage, 500).pk, by_id=office.person(role).pk, at=AT)
    with pytest.raises(NotYours):
        services.unmatch_line(line_id=line.pk, reason="x", by=office.person(role), at=AT)


def test_a_wrong_match_is_undone_with_its_reason_and_stays_as_a_row(stage: Stage) -> None:
    (line,) = accepted(stage, ("31/03/2026", "MONTHLY FEE", -500))
    made = fee(stage, 500)
    services.match_line(line_id=line.pk, entry_id=made.pk, by_id=stage.officer.pk, at=AT)
    with pytest.raises(NotFilledIn):
        services.unmatch_line(line_id=line.pk, reason=" ", by=stage.officer, at=AT)
    services.unmatch_line(line_id=line.pk, reason="It is April's", by=stage.officer, at=AT)
    assert (stands_for(line), line.matches.get().undone_reason) == ([], "It is April's")
    with pytest.raises(NotAtThisStep):
        services.unmatch_line(line_id=line.pk, reason="Again", by=stage.officer, at=AT)
    services.match_line(line_id=line.pk, entry_id=made.pk, by_id=stage.officer.pk, at=AT)
    assert line.matches.count() == 2


def test_a_match_of_a_closed_day_stays(stage: Stage) -> None:
    (line,) = accepted(stage, ("31/03/2026", "MONTHLY FEE", -500))
    services.match_line(line_id=line.pk, entry_id=fee(stage, 500).pk, by_id=stage.officer.pk, at=AT)
    close_books(through=date(2026, 3, 31), by_id=stage.approver.pk, at=AT)
    with pytest.raises(NotAtThisStep, match="books are closed"):
        services.unmatch_line(line_id=line.pk, reason="Too late", by=stage.officer, at=AT)
    assert LineMatch.objects.filter(undone_at=None, line=line).exists()


# --- The pages ---------------------------------------------------------------------------------------------------------------


def test_every_difference_is_explained_line_by_line_and_entry_by_entry(stage: Stage) -> None:
    (line,) = accepted(stage, ("31/03/2026", "CASH DEPOSIT", 7_000))
    fee(stage, 500)
    page = text(signed_in(stage.officer).get(f"/admin/disbursements/bankstatement/{line.statement_id}/change/"))
    for said in (
        "Difference USD -75.00",
        "In the books, on no line USD -5.00",
        "On lines, not in the books USD 70.00",
        "CASH DEPOSIT",
        "monthly-fee",
    ):
        assert said in page
    assert re.search(r"USD 70\.00 · CASH DEPOSIT · \d+ days old", page)
    assert "Dated differently" not in page
    assert "1 1 Statement lines" not in page
    assert "Statement lines that stand for nothing" in text(signed_in(stage.officer).get("/admin/"))


def test_a_line_is_matched_and_set_free_on_its_page(stage: Stage) -> None:
    (line,) = accepted(stage, ("31/03/2026", "MONTHLY FEE", -500))
    made, client = fee(stage, 500), signed_in(stage.officer)
    page = f"{LINES}{line.pk}/act/match/"
    assert "2026-03-31 · USD -5.00 · Bank fee · monthly-fee" in text(client.get(page))
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"entries": [str(entry(stage, "receipt").pk)]}).status_code == 422
    assert client.post(page, {"entries": [str(made.pk)]}).status_code == 302
    assert "Bank fee · monthly-fee" in text(client.get(f"{LINES}?matched=yes"))
    assert client.post(f"{LINES}{line.pk}/act/unmatch/", {"reason": "April's"}).status_code == 302
    page_after = text(client.get(f"{LINES}{line.pk}/change/"))
    assert "April&#x27;s" in page_after
    assert "What it was said to stand for before" in page_after


def test_the_list_asks_the_database_no_more_for_more_lines(stage: Stage, django_assert_max_num_queries: Any) -> None:
    accepted(stage, *((f"{day:02}/04/2026", f"FEE {day}", -100) for day in range(1, 29)))
    client = signed_in(stage.officer)
    client.get(LINES)
    with django_assert_max_num_queries(22):
        client.get(LINES)
