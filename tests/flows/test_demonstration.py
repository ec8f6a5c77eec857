"""The demonstration programme, loaded through the importers and services: whole, right, and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from communities.callbacks.models import Answer
from communities.consent.models import Consent, VillagePlan
from communities.registry.models import PayeeAccount, Village
from communities.spending.models import Evidence, LaterCover, Recoverable, Settlement, SpendingRecord, TrainingRecord
from communities.spending.queries.hints import hints
from config.demonstration import loading, welcome
from config.demonstration.acts import form_key, table
from config.demonstration.consents import plan_and_consent
from config.demonstration.field_acts import FieldActs
from config.demonstration.logins import FIELD, OFFICE, PASSWORD
from config.demonstration.money_acts import MoneyActs
from config.demonstration.office import Office, _printed_password
from config.demonstration.unusual import EXAMPLES, load_unusual, money
from config.demonstration.unusual.spending import ODD
from core import jobs
from core.audit.models import AuditRecord
from core.models import BookCheck, Job, Programme
from core.people.models import Role, User
from reports.models import Period, Report
from reports.queries import scope_of
from reports.snapshot import documents, equation
from reports.snapshot import money as books
from revenue.credits.models import Receipt, Sale
from revenue.disbursements.models import Covering, Disbursement, LotClosing, Payment, StatementLine
from revenue.disbursements.queries import gaps, unmatched_lines
from revenue.ledger import checks
from revenue.ledger.models import Posting
from revenue.sharing.models import AllocationRun, PlanVersion, Ruling

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
UNUSUAL_RECEIPTS = (money.WRONG_SALE, money.OVERPAID, money.TAKEN_BACK, money.CASH)
COUNTED = (AuditRecord, Posting, Receipt, Disbursement, Payment, SpendingRecord, TrainingRecord, Evidence, StatementLine, Job, Report, User, Village)


class Killed(Exception):
    """Stands for a worker that dies in the middle."""


HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@pytest.fixture(scope="module", autouse=True)
def _loaded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Load the newest quarters and the oldest one, killed once in the middle, for all tests of this module."""
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files"), PASSWORD_HASHERS=HASHERS)
    with django_db_blocker.unblock(), transaction.atomic():
        with files:
            assert loading.load_newest()
            with pytest.raises(Killed):
                loading.load_part(part=("2026Q4", (MoneyActs, FieldActs)), office=Office(), watch=_dies_late)
            for step in ("2026Q4", "2023Q4"):
                jobs.run(job_id=Job.objects.get(key=f"demonstration:{step}").pk)
        yield
        transaction.set_rollback(True)


def _dies_late(done: int, total: int) -> None:
    if done * 2 > total + 150:
        raise Killed


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}  # type: ignore[attr-defined]


def of_files() -> Any:
    """Return the spending records of the quarters' files: the others are the unusual examples."""
    quarters = ("2023Q4", "2026Q3", "2026Q4")
    return SpendingRecord.objects.filter(client_key__in=[form_key(key=row["key"]) for row in rows("spending", *quarters)])


def rows(name: str, *quarters: str) -> list[dict[str, str]]:
    return [row for quarter in quarters for row in table(f"history/{quarter}/{name}.csv")]


def equation_of(first: date, end: date) -> Any:
    scope = scope_of(project=None, first=first, end=end)
    listed = documents.read(scope)
    shown = documents.shown_of(scope=scope, listed=listed)
    return equation.section(scope=scope, ledger=books.read(scope).ledger, listed=listed, shown=shown)


def test_the_books_are_in_order() -> None:
    assert [finding.sentence for finding in checks.run()] == []


def test_each_line_of_the_files_is_one_record() -> None:
    loaded = ("2023Q4", "2026Q3", "2026Q4")
    assert Receipt.objects.exclude(reference__in=UNUSUAL_RECEIPTS).count() == len(rows("receipts", *loaded))
    assert Disbursement.objects.count() == len(rows("disbursements", *loaded))
    assert of_files().count() == len(rows("spending", *loaded))
    assert TrainingRecord.objects.count() == len(rows("training", *loaded))
    assert Village.objects.count() == len(table("villages.csv"))
    assert Sale.objects.count() == len(table("sales.csv"))


def test_each_record_stands_as_its_line_says() -> None:
    said = Counter(row["status"] for row in rows("spending", "2023Q4", "2026Q3", "2026Q4"))
    assert Counter(of_files().values_list("status", flat=True)) == said
    assert set(said) == set(SpendingRecord.Status.values) - {SpendingRecord.Status.UNDONE}
    assert set(SpendingRecord.objects.values_list("status", flat=True)) == set(SpendingRecord.Status.values)
    assert set(Disbursement.objects.values_list("status", flat=True)) == set(Disbursement.Status.values)
    assert set(Sale.objects.values_list("status", flat=True)) == set(Sale.Status.values)
    assert set(Payment.objects.values_list("status", flat=True)) == set(Payment.Status.values)
    assert set(Receipt.objects.values_list("status", flat=True)) == set(Receipt.Status.values)
    assert set(TrainingRecord.objects.values_list("status", flat=True)) == set(TrainingRecord.Status.values) - {TrainingRecord.Status.UNDONE}
    assert set(PlanVersion.objects.values_list("status", flat=True)) == set(PlanVersion.Status.values)
    accounts = set(PayeeAccount.objects.values_list("status", flat=True))
    assert accounts == set(PayeeAccount.Status.values) - {PayeeAccount.Status.REPLACED}


def test_each_record_has_the_evidence_its_line_names_in_a_file_of_its_own() -> None:
    lines = rows("spending", "2023Q4", "2026Q3", "2026Q4")
    kept = Evidence.objects.filter(spending__in=of_files())
    assert kept.filter(kind=Evidence.Kind.RECEIPT).count() == sum("receipt" in row["evidence"] for row in lines)
    assert kept.filter(kind=Evidence.Kind.PHOTO).count() == sum("photo" in row["evidence"] for row in lines)
    assert kept.values("file").distinct().count() == kept.count()
    assert SpendingRecord.objects.filter(evidence=None).count() == sum(not row["evidence"] for row in lines) > 0


def test_the_reinvestment_equation_has_no_difference() -> None:
    found = equation_of(date(2026, 7, 1), date(2026, 10, 1))
    assert found["closing"]["received_minor"] > 0
    columns = [found["opening"], found["movement"], found["closing"], *found["by_project"], *found["by_tranche"]]
    assert {column["difference_minor"] for column in columns} == {0}


@pytest.mark.parametrize(("first", "end"), [(date(2026, 7, 1), date(2026, 10, 1)), (date(2026, 10, 1), date(2026, 11, 23))])
def test_each_bank_account_agrees_with_its_statement(first: date, end: date) -> None:
    banks = equation_of(first, end)["banks"]
    # The two accounts of today, and the one of 2023Q4 that still holds money.
    assert len(banks) == 3
    assert {bank["difference_minor"] for bank in banks} == {0}


def test_only_what_the_bank_sent_back_and_a_cash_deposit_are_open_on_the_statements() -> None:
    assert set(unmatched_lines().values_list("reference", flat=True)) == {"OUT2026Q3SC05R", "CDM7712013"}
    waiting = Receipt.objects.filter(status=Receipt.Status.UNIDENTIFIED)
    assert set(waiting.values_list("reference", flat=True)) == {"RCP-UNKNOWN-1", "RCP-UNKNOWN-4"}


def test_each_unusual_example_is_there_and_is_not_made_twice() -> None:
    assert all(example.is_there() for example in EXAMPLES)
    before = counts()
    load_unusual(Office())
    plan_and_consent(Office())
    assert counts() == before


def test_what_is_asked_back_is_repaid_written_off_and_allowed_and_one_decision_waits() -> None:
    settled = set(Settlement.objects.values_list("kind", "status"))
    assert settled == {("REPAID", "DONE"), ("WRITE_OFF", "DONE"), ("WRITE_OFF", "PROPOSED"), ("ALLOWED", "DONE")}
    assert set(Recoverable.objects.values_list("origin", flat=True)) == set(Recoverable.Origin.values)
    assert LaterCover.objects.count() == 1


def test_a_shortfall_is_covered_and_an_exchange_loss_waits_for_its_decision() -> None:
    assert set(Covering.objects.values_list("kind", "status")) == {("SHORTFALL", "APPROVED"), ("FX", "PROPOSED")}
    assert Covering.objects.get(kind="SHORTFALL").amount_minor == 103_00
    assert not [gap for gap in gaps() if not gap.is_loss]
    assert LotClosing.objects.values_list("local_minor", "local_currency").get() == (3_900, "KHR")


def test_the_recalled_and_corrected_receipt_is_of_the_right_sale_and_shared_as_decided() -> None:
    receipt = Receipt.objects.get(reference="RCP-KS-04-2")
    assert (receipt.sale.reference, receipt.recalled_minor) == ("SALE-KS-04", 900_00)  # type: ignore[union-attr]
    assert Ruling.objects.get().status == Ruling.Status.APPROVED
    assert AllocationRun.objects.get(tranche=receipt.tranche).status == AllocationRun.Status.ALLOCATED


def test_communities_were_asked_and_one_withdrew() -> None:
    assert set(Consent.objects.values_list("kind", flat=True)) == set(Consent.Kind.values)
    assert Consent.objects.get(kind=Consent.Kind.WITHDRAWN).recipient.code == "PL-CPA-05"
    assert set(VillagePlan.objects.values_list("status", flat=True)) >= {"DRAFT", "PROPOSED", "APPROVED"}


def test_villages_were_asked_about_payments_and_one_says_that_nothing_came() -> None:
    assert sorted(Answer.objects.values_list("was_received", flat=True), key=str) == [False, None, True, True]


def test_what_looks_odd_waits_to_be_checked() -> None:
    odd = SpendingRecord.objects.filter(client_key__in=[form_key(key=bought.key) for bought in ODD], status="LOGGED")
    assert {hint.code for record in odd for hint in hints(record, None)} >= {"same_photo", "round", "pattern"}


def test_receipts_without_a_plan_stay_unallocated_and_their_plan_waits_for_an_approver() -> None:
    refused = AllocationRun.objects.filter(status=AllocationRun.Status.UNALLOCATED).select_related("project")
    assert {run.project.code for run in refused} == {"romtum-forests"}
    assert refused.count() == 2
    assert PlanVersion.objects.get(status=PlanVersion.Status.PROPOSED).project.code == "romtum-forests"


def test_loading_again_adds_nothing() -> None:
    before = counts()
    assert not loading.load_newest()
    for quarter in ("2026Q3", "2026Q4", "2023Q4"):
        loading.load_part(part=(quarter, (MoneyActs, FieldActs)), office=Office(), watch=lambda _done, _total: None)
    assert counts() == before


def test_an_older_quarter_is_closed_with_its_reports_and_the_next_one_is_queued() -> None:
    period = Period.objects.get(label="2023Q4")
    assert period.status == Period.Status.CLOSED
    assert Report.objects.filter(period=period, is_interim=False).count() == 6
    assert Job.objects.get(key="demonstration:2024Q1").state == Job.State.WAITING


def test_the_newest_quarter_is_left_to_be_closed_but_not_before_the_older_ones() -> None:
    assert Period.objects.get(label="2026Q3").status == Period.Status.PROPOSED
    assert Period.objects.filter(label__lt="2026Q3").count() == 11


def test_ready_reports_are_issued_and_the_issuer_did_not_ask_for_them() -> None:
    report = Report.objects.filter(period__label="2023Q4", project=None).get()
    jobs.run(job_id=report.job_id)
    office = Office()
    loading._issue(jobs.Progress(0), 1)
    report.refresh_from_db()
    assert (report.status, report.issued_by) == (Report.Status.ISSUED, office.approver)
    assert Job.objects.filter(key="demonstration:2").exists()


def test_the_last_step_checks_the_books_for_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "OLDER", ())
    assert "loaded, closed and reported" in loading._issue(jobs.Progress(0), 1)
    assert BookCheck.objects.get().findings == []


def test_the_welcome_names_somebody_of_every_role_who_may_sign_in_with_its_password() -> None:
    said = welcome(8123)
    assert "http://127.0.0.1:8123/" in said
    assert PASSWORD in said
    named = [login for login in (*OFFICE, *FIELD) if login.username in said]
    people = User.objects.in_bulk([login.username for login in named], field_name="username")
    assert {person.role for person in people.values()} == set(Role.values)
    assert all(person.is_active and not person.must_change_password for person in people.values())
    assert all(check_password(PASSWORD, person.password) for person in people.values())


def test_signing_in_hashes_the_printed_password_in_full(settings: Any) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    hasher = PBKDF2PasswordHasher()
    with _printed_password():
        quick = make_password(PASSWORD, hasher="pbkdf2_sha256")
    assert hasher.must_update(quick)
    assert hasher.iterations == PBKDF2PasswordHasher.iterations > 100_000


def test_each_recipient_has_somebody_who_logs_for_it_and_an_account() -> None:
    office = Office()
    for code, recipient in office.recipients.items():
        assert office.logger(code).assignments.filter(recipient=recipient).exists()
        assert recipient.accounts.filter(status=PayeeAccount.Status.APPROVED).exists()


def test_everything_says_that_it_is_a_demonstration() -> None:
    assert Programme.objects.get(id=1).is_demonstration
    assert "demonstration" in Programme.objects.get(id=1).name


def test_a_real_programme_is_not_mixed_with_the_demonstration() -> None:
    Programme.objects.filter(id=1).update(is_demonstration=False)
    with pytest.raises(CommandError, match="real programme"):
        call_command("load_demo", "--newest")
