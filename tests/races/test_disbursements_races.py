"""Real threads on real PostgreSQL: one approval, one payment, one allocation, and never more than the pot has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from core.refusal import Refused
from revenue.disbursements import services as paying
from revenue.disbursements.models import BankStatement, Covering, Disbursement, LineMatch, Payment, StatementLine
from revenue.ledger import checks
from revenue.ledger.models import Entry
from revenue.sharing import services
from revenue.sharing.models import AllocationRun
from tests.revenue import credits_office as office
from tests.revenue.payment_stories import asked, paper
from tests.revenue.sharing_stage import AT, Stage, held
from tests.revenue.test_disbursements_statements import THREE, csv
from tests.revenue.test_matches import fee

pytestmark = pytest.mark.django_db(transaction=True)
ON = date(2026, 3, 2)


def race(*acts: Callable[[], Any]) -> Counter[str]:
    """Let all begin at the same moment; count the outcomes by the refusal's name."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(timeout=10)
            act()
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return Counter(pool.map(run, acts))


def approving(asked: Disbursement, approver: Any) -> Callable[[], Any]:
    return lambda: paying.approve_disbursement(disbursement_id=asked.pk, by=approver, at=AT, on=ON)


def test_of_two_approvals_of_one_request_exactly_one_counts() -> None:
    stage = Stage()
    stage.shared()
    asked, other = stage.asked(), office.person("FINANCE_APPROVER", "second_approver")
    assert race(approving(asked, stage.approver), approving(asked, other)) == {"done": 1, "NotAtThisStep": 1}
    assert (held("committed"), Entry.objects.filter(event="approve").count()) == (100_000, 1)


def test_of_two_requests_for_the_same_money_exactly_one_is_approved() -> None:
    stage = Stage()
    stage.shared()
    requests = [stage.asked(amount=100_000) for _ in range(2)]
    assert race(*(approving(one, stage.approver) for one in requests)) == {"done": 1, "NotEnoughInPot": 1}
    assert held("pot", pot="community", holder="pu-char") == 53_000
    assert list(checks.run()) == []


def test_eight_requests_for_one_pot_never_take_more_than_it_has() -> None:
    stage = Stage()
    stage.shared()
    requests = [stage.asked(stage.rangers, 100_000, "protection") for _ in range(8)]
    assert race(*(approving(one, stage.approver) for one in requests)) == {"done": 3, "NotEnoughInPot": 5}
    assert held("pot", pot="protection") == 40_000


def test_of_two_payments_of_one_disbursement_exactly_one_counts() -> None:
    stage = Stage()
    stage.shared()
    promised = stage.promised()
    facts = [stage.payment_facts(promised) for _ in range(2)]
    outcome = race(*(lambda one=one: paying.pay_disbursement(**one) for one in facts))  # type: ignore[misc]
    assert outcome == {"done": 1, "NotAtThisStep": 1}
    assert (Payment.objects.count(), held("advance")) == (1, 100_000)


def test_the_same_payment_sent_twice_at_once_is_one_payment() -> None:
    stage = Stage()
    stage.shared()
    facts = stage.payment_facts(stage.promised())
    assert race(*[lambda: paying.pay_disbursement(**facts)] * 2) == {"done": 2}
    assert Payment.objects.count() == 1


def test_a_receipt_allocated_by_four_people_at_once_is_shared_once() -> None:
    stage = Stage()
    tranche_id = stage.receipt().tranche_id
    proposing = lambda: services.propose_allocation(tranche_id=tranche_id, by=stage.officer, at=AT)  # noqa: E731
    assert race(*[proposing] * 4) == {"done": 4}
    run = AllocationRun.objects.get()
    approving = lambda: services.approve_allocation(run_id=run.pk, by=stage.approver, at=AT, day=ON)  # noqa: E731
    assert race(*[approving] * 4) == {"done": 1, "AlreadyDecided": 3}
    assert (AllocationRun.objects.count(), held("unallocated")) == (1, 0)
    assert list(checks.run()) == []


def test_a_proposal_refused_while_a_newer_one_is_made_stays_refused(owner_connection: Any) -> None:
    stage = Stage()
    proposing = partial(services.propose_allocation, tranche_id=stage.receipt().tranche_id, by=stage.officer, at=AT)
    old = proposing()
    # No longer true: what it was made of has changed since.
    owner_connection.execute("SET session_replication_role = replica")
    owner_connection.execute("UPDATE sharing_allocationrun SET sha256 = repeat('0', 64)")
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            services.refuse_allocation(run_id=old.pk, reason="Not by this count.", by=stage.approver, at=AT)
            newer = pool.submit(lambda: (proposing(), connection.close()))
            while not newer.done() and not owner_connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                pass
        newer.result(timeout=20)
    assert list(AllocationRun.objects.order_by("id").values_list("status", flat=True)) == ["REFUSED", "PROPOSED"]
    assert list(checks.run(name for name in checks.names() if name != "audit.rows")) == []


def test_two_payers_against_one_pot_take_what_is_there_and_leave_the_rest_as_a_shortfall() -> None:
    stage = Stage()
    stage.shared()
    first, second = (stage.promised(amount=76_500) for _number in range(2))
    facts = [{**stage.payment_facts(one), "amount_minor": 80_000, "local_minor": 80_000} for one in (first, second)]
    assert race(*(lambda given=given: paying.pay_disbursement(**given) for given in facts)) == {"done": 2}
    assert (held("advance"), held("pot", pot="community", holder="pu-char"), held("shortfall")) == (160_000, 0, -7_000)
    below = [name for name in checks.names() if name.split(".")[0] in {"ledger", "credits", "sharing", "disbursements"}]
    assert list(checks.run(below)) == []


def test_of_two_approvals_of_one_covering_exactly_one_counts() -> None:
    stage = Stage()
    stage.shared()
    stage.paid(stage.promised(amount=153_000), amount_minor=160_000, local_minor=160_000)
    covering, other = asked(stage), office.person("FINANCE_APPROVER", "second_approver")
    acts = [lambda by=by: paying.approve_covering(covering_id=covering.pk, by=by, at=AT) for by in (stage.approver, other)]
    assert race(*acts) == {"done": 1, "NotAtThisStep": 1}
    assert (held("shortfall"), held("reserve"), Entry.objects.filter(event="cover").count()) == (0, 43_000, 1)


def test_the_same_covering_asked_for_by_three_at_once_is_one() -> None:
    stage = Stage()
    stage.shared()
    stage.paid(stage.promised(amount=153_000), amount_minor=160_000, local_minor=160_000)
    key, document = uuid4(), paper(stage).pk
    act = partial(asked, stage, client_key=key, document_id=document)
    assert race(act, act, act) == {"done": 3}
    assert Covering.objects.get().client_key == key


def test_two_coverings_from_one_reserve_never_take_more_than_it_has() -> None:
    stage = Stage()
    stage.shared()
    for recipient, amount in ((stage.pu_char, 153_000), (stage.pu_ngav, 357_000)):
        more = amount + 40_000
        stage.paid(stage.promised(recipient, amount), amount_minor=more, local_minor=more, confirmed_minor=more)
    assert held("shortfall") == -80_000
    covering = asked(stage, amount=30_000)
    drain = stage.asked(stage.rangers, 340_000, "protection")
    # One takes the reserve for the shortfall while the other draws a pot beside it: neither waits for the other in a ring.
    assert race(lambda: paying.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT), approving(drain, stage.approver)) == {"done": 2}
    assert (held("shortfall"), held("reserve"), held("committed")) == (-50_000, 20_000, 340_000)


def test_a_statement_line_imported_twice_at_once_stands_once() -> None:
    stage = Stage()
    stage.shared()
    stage.paid(fee_minor=200)
    runs = [
        paying.preview_statement(
            bank_account_id=stage.bank.pk, layout="ABA", content=csv(rows), filename=f"{number}.csv", by=stage.officer, at=AT
        )[0].pk
        for number, rows in enumerate((THREE, [*THREE, ("06/03/2026", "MONTHLY FEE", "", "1.00", "8997.00")]))
    ]  # fmt: skip
    acts = [lambda run=run: paying.accept_statement(import_run_id=run, by=stage.officer, at=AT) for run in runs]
    assert race(*acts) == {"done": 1, "ReferenceUsed": 1}
    assert StatementLine.objects.filter(reference="FT-IN-0001").count() == 1
    # The same file accepted by two at once is one statement.
    accepted = BankStatement.objects.get().import_run_id
    again = lambda: paying.accept_statement(import_run_id=accepted, by=stage.officer, at=AT)  # noqa: E731 - what each thread does
    assert race(again, again) == {"done": 2}
    assert BankStatement.objects.count() == 1


def test_of_two_lines_matched_with_one_entry_at_once_exactly_one_counts() -> None:
    stage = Stage()
    stage.shared()
    stage.paid(fee_minor=200)
    fees = [("31/03/2026", "MONTHLY FEE A", "", "5.00", "8993.00"), ("31/03/2026", "MONTHLY FEE B", "", "5.00", "8988.00")]
    run, _statement = paying.preview_statement(
        bank_account_id=stage.bank.pk, layout="ABA", content=csv([*THREE, *fees]), filename="a.csv", by=stage.officer, at=AT
    )
    lines = list(paying.accept_statement(import_run_id=run.pk, by=stage.officer, at=AT).lines.order_by("line"))[3:]
    made = fee(stage, 500)
    acts = [lambda line=line: paying.match_line(line_id=line.pk, entry_id=made.pk, by_id=stage.officer.pk, at=AT) for line in lines]
    assert race(*acts) == {"done": 1, "NotMatching": 1}
    assert LineMatch.objects.filter(entry=made).count() == 1
