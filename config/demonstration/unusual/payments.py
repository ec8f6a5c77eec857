"""Unusual payments: a debit far above its approval, and an advance whose last riel nobody can spend."""

from __future__ import annotations

from datetime import date
from typing import Final

from communities.spending.services import accept_spending
from config.demonstration.acts import form_key
from config.demonstration.office import Office
from config.demonstration.unusual.example import (
    ACCEPTED_AT,
    DECIDED_AT,
    LATER_AT,
    LOGGED_AT,
    Example,
    Purchase,
    at_hour,
    log,
    paper,
)
from revenue.disbursements import services
from revenue.disbursements.models import Disbursement, LotClosing, Payment
from revenue.disbursements.queries import bearers, gaps
from revenue.ledger import chart

FAR_ABOVE, LAST_RIEL, PAID_LATE = "2026Q4-PL-01", "2026Q4-PL-03", "2026Q4-KS-06"
# In cents: what the bank took of PL-01, though USD 5,700.00 was approved; its fee.
TAKEN, FEE = 6_400_00, 1_50
# What PL-03 spent and gave back, in riel, and what the bank credited for it: 3,900 riel are left.
SPENT, GIVEN_BACK, CREDITED = 12_456_000, 6_800_000, 1_693_65


def pay_far_above(office: Office) -> None:
    """The bank debits 12 % more than was approved. The officer confirms it; the reserve bears what the pot has not."""
    number = Disbursement.objects.values_list("id", flat=True).get(reference=FAR_ABOVE)
    day = date(2026, 11, 18)
    services.approve_disbursement(disbursement_id=number, by=office.approver, at=at_hour(day, LATER_AT, FAR_ABOVE), on=day)
    day = date(2026, 11, 20)
    services.pay_disbursement(
        disbursement_id=number, bank_reference="OUT2026Q4PL01", paid_on=day, amount_minor=TAKEN, fee_minor=FEE, local_minor=TAKEN, local_currency="USD",
        rate="", by=office.officer, at=at_hour(day, LOGGED_AT, FAR_ABOVE), confirmed_minor=TAKEN,
    )  # fmt: skip
    document = paper(office, words="Decision to bear a shortfall", day=day)
    for gap in gaps():
        if gap.is_loss or gap.place.pot != "prey-lang/costs":
            continue
        bearer = next(one for one in bearers(gap) if one.place.kind == chart.RESERVE)
        asked = services.propose_covering(
            client_key=form_key(key=f"cover:{FAR_ABOVE}:{gap.tranche_id}"), tranche_id=gap.tranche_id, gap_id=gap.account_id,
            source_id=bearer.account_id, amount_minor=gap.amount_minor, why="The bank paid an older invoice of the office too.",
            document_id=document, by=office.officer, at=at_hour(day, ACCEPTED_AT, FAR_ABOVE),
        )  # fmt: skip
        services.approve_covering(covering_id=asked.pk, by=office.approver, at=at_hour(day, DECIDED_AT, FAR_ABOVE))


def close_the_last_riel(office: Office) -> None:
    """A community spends most of its advance and gives the rest back, but for 3,900 riel, which are closed."""
    record = log(office, Purchase("X-LAST", LAST_RIEL, "roads-bridges", date(2026, 11, 11), SPENT, "KHR", "ជាងសំណង់ស្រីពៅ", "ស្ពានឈើឆ្លងអូរ"))
    day = date(2026, 11, 16)
    accept_spending(record_id=record.pk, by=office.second_officer, at=at_hour(day, ACCEPTED_AT, LAST_RIEL), on=day)
    number = Disbursement.objects.values_list("id", flat=True).get(reference=LAST_RIEL)
    day = date(2026, 11, 20)
    services.return_money(
        disbursement_id=number, bank_account_id=office.banks["moe-aba"].pk, bank_reference="RET2026Q4PL03", returned_on=day, local_minor=GIVEN_BACK,
        credited_minor=CREDITED, reason="Unspent at the end of the work", by=office.officer, at=at_hour(day, ACCEPTED_AT, LAST_RIEL),
    )  # fmt: skip
    services.close_last_cents(
        disbursement_id=number, reason="Less than the way to the agent costs.", by=office.officer, at=at_hour(day, LATER_AT, LAST_RIEL), on=day
    )


def pay_late(office: Office) -> None:
    """An approved advance is paid: with it, what its community spent beyond the advance before can be covered."""
    day = date(2026, 11, 19)
    services.pay_disbursement(
        disbursement_id=Disbursement.objects.values_list("id", flat=True).get(reference=PAID_LATE), bank_reference="OUT2026Q4KS06", paid_on=day,
        amount_minor=5_231_00, fee_minor=FEE, local_minor=20_976_300, local_currency="KHR", rate="4010", by=office.officer,
        at=at_hour(day, LOGGED_AT, PAID_LATE),
    )  # fmt: skip


EXAMPLES: Final = (
    Example(lambda: Payment.objects.filter(disbursement__reference=FAR_ABOVE).exists(), pay_far_above),
    Example(lambda: LotClosing.objects.filter(disbursement__reference=LAST_RIEL).exists(), close_the_last_riel),
    Example(lambda: Payment.objects.filter(disbursement__reference=PAID_LATE).exists(), pay_late),
)
