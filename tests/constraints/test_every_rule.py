"""
Rules that no story of its own breaks: a copy of a good row with one thing wrong is refused by name, by raw SQL and by the ORM.

And the book of rules is whole: each rule of the database stands in docs/database-rules.md, and a test names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from communities.registry.models import Recipient
from communities.spending.models import Upload, UploadPart
from core.audit import seals, witnesses
from core.models import Job
from reports.models import SetStatement
from revenue.credits import services as selling
from revenue.ledger.refusals import constraint_of
from revenue.ledger.services import open_tranche
from tests.flows.scene import NOW, Scene, kept_scene, taken_back

DAY = date(2026, 5, 5)
Row = Any
Wrong = dict[str, Any]  # by column: the value, or what gives it from the row that is copied


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any, folder: Path) -> Iterator[Scene]:
    with kept_scene(blocker=django_db_blocker, folder=folder) as scene:
        seals.seal_now(at=NOW)
        Job.objects.create(kind="report", key="done", arguments={}, state="DONE", created_at=NOW, finished_at=NOW)
        upload = Upload.objects.create(person=scene.liaison, sha256="0" * 64, size=9, started_at=NOW)
        UploadPart.objects.create(upload=upload, first=0, data=b"photo")
        selling.refund_receipt(receipt_id=scene.unknown.pk, day=DAY.replace(month=10), bank_reference="REFUND-1", by=scene.officer, at=NOW)
        yield scene


@pytest.fixture
def _django_db_helper(kept: Scene, django_db_blocker: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the place of pytest-django's own: it closes the connection, and with it the rows that all tests here share."""
    with taken_back(blocker=django_db_blocker, folder=folder, monkeypatch=monkeypatch):
        yield


def day_before(column: str) -> Callable[[Row], date]:
    return lambda row: getattr(row, column) - timedelta(days=1)


def same(column: str) -> Callable[[Row], Any]:
    return lambda row: getattr(row, column)


def other_recipient(row: Row) -> int:
    return int(Recipient.objects.exclude(pk__in=SetStatement.objects.filter(of=row.of_id).values("recipient_id")).order_by("-pk")[0].pk)


def tranche_of_none(_row: Row) -> int:
    return open_tranche(source="SALE", received_on=DAY, currency="USD", code="of-none").pk


# By rule: its table, which row is copied, and what is wrong with the copy.
RULES: Final[dict[str, tuple[str, dict[str, Any], Wrong]]] = {
    # Who and when go with what was decided.
    "user_role_is_known": ("people_user", {}, {"role": "KING", "username": "new"}),
    "programme_is_one": ("core_programme", {}, {"id": 2}),
    "job_finished_has_time": ("core_job", {"state": "DONE"}, {"finished_at": None}),
    "job_lease_only_while_running": ("core_job", {"state": "DONE"}, {"lease_until": NOW}),
    "import_accepted_by_someone": ("core_importrun", {}, {"state": "ACCEPTED", "accepted_by_id": None, "accepted_at": None}),
    "payee_decision_matches_status": ("registry_payeeaccount", {"status": "APPROVED"}, {"decided_at": None}),
    "payee_maker_is_not_checker": ("registry_payeeaccount", {"status": "APPROVED"}, {"decided_by_id": same("proposed_by_id")}),
    "opening_decision_matches_status": ("credits_openingposition", {"status": "PROPOSED"}, {"status": "APPROVED"}),
    "opening_maker_is_not_checker": ("credits_openingposition", {}, {"status": "REFUSED", "decided_at": NOW, "reason": "No", "decided_by_id": same("proposed_by_id")}),
    "correction_decision_matches_status": ("credits_correction", {"status": "PROPOSED"}, {"status": "APPROVED"}),
    "otherincome_decision_matches_status": ("credits_otherincome", {"status": "PROPOSED"}, {"decided_at": NOW}),
    "bankaccountchange_decision_matches_status": ("credits_bankaccountchange", {"status": "PROPOSED"}, {"decided_at": NOW}),
    "disbursement_decision_matches_status": ("disbursements_disbursement", {"status": "PAID"}, {"decided_at": None}),
    "disbursement_maker_is_not_checker": ("disbursements_disbursement", {"status": "PAID"}, {"decided_by_id": same("requested_by_id")}),
    "spending_decision_matches_status": ("spending_spendingrecord", {"status": "LOGGED"}, {"status": "ACCEPTED"}),
    "spending_maker_is_not_checker": ("spending_spendingrecord", {"status": "ACCEPTED"}, {"decided_by_id": same("logged_by_id")}),
    "training_decision_matches_status": ("spending_trainingrecord", {}, {"status": "ACCEPTED", "decided_by_id": None}),
    "training_maker_is_not_checker": ("spending_trainingrecord", {}, {"status": "ACCEPTED", "decided_at": NOW, "decided_by_id": same("logged_by_id")}),
    "period_closed_by_someone": ("reports_period", {"status": "CLOSED"}, {"closed_at": None}),
    "calendar_stopped_by_someone": ("reports_calendar", {}, {"stopped_at": NOW, "stopped_by_id": None}),
    "notice_claimed_has_its_time": ("reports_notice", {}, {"state": "SENDING", "claimed_at": None}),
    "sale_status_has_its_dates": ("credits_sale", {"status": "AGREED"}, {"delivered_on": DAY}),
    "payment_sent_back_has_entry": ("disbursements_payment", {"status": "PAID"}, {"status": "SENT_BACK"}),
    "receipt_identified_has_sale": ("credits_receipt", {"status": "IDENTIFIED"}, {"invoice_minor": None}),
    "receipt_refund_has_its_reference": ("credits_receipt", {"status": "IDENTIFIED"}, {"refunded_minor": 1}),
    "allocation_line_release_is_whole": ("sharing_allocationline", {"released_at": None}, {"released_at": NOW}),
    # Amounts.
    "opening_is_positive": ("credits_openingposition", {}, {"amount_minor": 0}),
    "sale_is_positive": ("credits_sale", {}, {"amount_minor": 0, "fees_minor": 0}),
    "sale_fees_within_amount": ("credits_sale", {}, {"fees_minor": lambda row: row.amount_minor + 1}),
    "receipt_is_positive": ("credits_receipt", {"status": "IDENTIFIED"}, {"sender_fee_minor": same("gross_minor")}),
    "receipt_not_ours_within_gross": ("credits_receipt", {"status": "IDENTIFIED"}, {"not_ours_minor": lambda row: row.gross_minor + 1}),
    "article6_quantity_positive": ("credits_article6event", {}, {"quantity": 0}),
    "allocation_line_not_negative": ("sharing_allocationline", {}, {"amount_minor": -1}),
    "disbursement_is_positive": ("disbursements_disbursement", {}, {"amount_minor": 0}),
    "payment_is_positive": ("disbursements_payment", {"local_currency": "USD"}, {"fee_minor": -1}),
    "payment_exchange_has_rate": ("disbursements_payment", {"local_currency": "KHR"}, {"rate": ""}),
    "return_is_positive": ("disbursements_moneyreturn", {}, {"local_minor": 0}),
    "acknowledgement_is_positive": ("disbursements_acknowledgement", {}, {"local_minor": 0}),
    "acknowledgement_two_signatures_differ": ("disbursements_acknowledgement", {}, {"also_signed_by": same("signed_by")}),
    "spending_is_positive": ("spending_spendingrecord", {"status": "LOGGED"}, {"amount_minor": 0, "other_minor": 0}),
    "spending_other_within_amount": ("spending_spendingrecord", {"status": "LOGGED"}, {"other_minor": lambda row: row.amount_minor + 1}),
    "indicator_not_negative": ("registry_indicatorvalue", {}, {"value": -1}),
    # Serial numbers.
    "issuance_last_not_before_first": ("credits_issuance", {}, {"last": lambda row: row.first - 1, "quantity": 0}),
    "issuance_quantity_is_its_serials": ("credits_issuance", {}, {"quantity": lambda row: row.quantity + 1}),
    "issuance_vintage_in_order": ("credits_issuance", {}, {"vintage_end": day_before("vintage_start")}),
    "issuance_serials_once": ("credits_issuance", {}, {"last": lambda row: row.last - 1, "quantity": lambda row: row.quantity - 1}),
    "sale_lot_last_not_before_first": ("credits_salelot", {}, {"last": lambda row: row.first - 1}),
    "sale_lot_was_issued": ("credits_salelot", {}, {"last": lambda row: row.issuance_last + 1}),
    "sale_lot_serials_once": ("credits_salelot", {}, {}),
    "sale_authorisation_names_its_letter": ("credits_sale", {}, {"authorisation": "NDC", "authorisation_reference": ""}),
    # Days and participants.
    "cover_ends_after_it_begins": ("registry_recipientvillage", {}, {"to_date": same("from_date")}),
    "assignment_ends_after_it_begins": ("registry_assignment", {}, {"to_date": same("from_date")}),
    "beneficiary_ends_after_it_begins": ("sharing_beneficiary", {}, {"to_date": same("from_date")}),
    "plan_ends_after_it_begins": ("sharing_planversion", {}, {"effective_to": same("effective_from")}),
    "period_ends_after_it_begins": ("reports_period", {}, {"end": same("first")}),
    "statement_days_in_order": ("disbursements_bankstatement", {}, {"last_day": day_before("first_day")}),
    "training_days_sensible": ("spending_trainingrecord", {}, {"days": 91}),
    "training_has_participants": ("spending_trainingrecord", {}, {"women": 0, "men": 0}),
    "calendar_within_a_year": ("reports_calendar", {}, {"days_after": 367}),
    # One thing said once.
    "recipient_has_code": ("registry_recipient", {}, {"code": ""}),
    "review_of_one_record": ("spending_reviewstep", {}, {"spending_id": None, "training_id": None}),
    "evidence_of_one_record": ("spending_evidence", {}, {"spending_id": None, "training_id": None}),
    "evidence_place_on_earth": ("spending_evidence", {}, {"latitude": 91, "longitude": 0}),
    "bankaccountchange_changes_something": ("credits_bankaccountchange", {}, {"institution": same("old_institution"), "account_number": same("old_number")}),
    "bankaccountchange_is_whole": ("credits_bankaccountchange", {}, {"why": ""}),
    "seal_counts_from_one": ("audit_seal", {}, {"number": 0}),
    "seal_holds_something": ("audit_seal", {}, {"number": lambda row: row.number + 1, "previous_root": same("root"), "item_count": 0}),
    "cover_once_at_a_time": ("registry_recipientvillage", {}, {}),
    "assignment_once_at_a_time": ("registry_assignment", {}, {}),
    "beneficiary_once_at_a_time": ("sharing_beneficiary", {}, {}),
    "plan_one_in_force": ("sharing_planversion", {"status": "APPROVED"}, {"number": 99}),
    "plan_version_number_once": ("sharing_planversion", {"status": "PROPOSED"}, {}),
    "pot_code_once": ("sharing_pot", {}, {}),
    "allocation_line_position_once": ("sharing_allocationline", {}, {}),
    "used_count_once_a_run": ("sharing_usedcount", {}, {}),
    "indicator_once_a_village": ("registry_indicatorvalue", {}, {}),
    "payee_one_approved_account": ("registry_payeeaccount", {"status": "APPROVED"}, {}),
    "payee_one_proposed_account": ("registry_payeeaccount", {"status": "PROPOSED"}, {}),
    "bank_account_once": ("credits_bankaccount", {}, {"code": "new"}),
    "project_once_in_a_registry": ("credits_project", {}, {"code": "new"}),
    "bankaccountchange_one_at_a_time": ("credits_bankaccountchange", {"status": "PROPOSED"}, {}),
    "disbursement_paid_once": ("disbursements_payment", {"status": "PAID"}, {"bank_reference": "NEW"}),
    "payment_bank_reference_once": ("disbursements_payment", {}, {}),
    "return_bank_reference_once": ("disbursements_moneyreturn", {}, {}),
    "receipt_refund_reference_once": ("credits_receipt", {"refunded_minor__gt": 0}, {"reference": "NEW", "bank_reference": "NEW", "tranche_id": tranche_of_none}),
    "import_file_accepted_once": ("core_importrun", {"state": "ACCEPTED"}, {}),
    "evidence_file_once_a_spending": ("spending_evidence", {"training": None}, {}),
    "evidence_file_once_a_training": ("spending_evidence", {"spending": None}, {}),
    "statement_line_once": ("disbursements_statementline", {}, {}),
    "statement_position_once": ("reports_setstatement", {}, {"recipient_id": other_recipient}),
    "statement_set_number_once": ("reports_statementset", {}, {}),
    "period_quarter_once": ("reports_period", {"kind": "QUARTER"}, {"label": "new"}),
    "report_version_once": (
        "reports_report", {},
        {"status": "WAITING", **dict.fromkeys(("replaces_id", "snapshot_id", "reviewed_by_id", "reviewed_at", "issued_by_id", "issued_at"))},
    ),
    "report_file_once": ("reports_reportfile", {}, {}),
    "calendar_once": ("reports_calendar", {"stopped_at": None}, {}),
    "due_report_once": ("reports_duereport", {}, {}),
    "upload_once_a_person": ("spending_upload", {}, {}),
    "upload_part_once": ("spending_uploadpart", {}, {}),
    "ledger_account_one_per_code": ("ledger_account", {}, {}),
    "ledger_bookclosing_day": ("ledger_bookclosing", {}, {}),
}  # fmt: skip

# What only a rule beside it lets happen is refused by that one: these two stand for each other.
COMES_FIRST: Final = {
    "seal_counts_from_one": "audit_seal_follows",
    "ledger_account_one_per_code": "ledger_account_one_per_place",
    "ledger_bookclosing_day": "ledger_bookclosing_forward",
    "period_quarter_once": "period_days_once",
}


def model_of(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table)


def copied(table: str, which: dict[str, Any], wrong: Wrong) -> models.Model:
    """Return a copy of a row that is not saved, with what is wrong with it."""
    model = model_of(table)
    row: Any = model._base_manager.filter(**which).order_by("pk").first()
    assert row is not None, f"the scene has no such row in {table}"
    values = {name: value(row) if callable(value) else value for name, value in wrong.items()}
    if "pk" not in values and model._meta.pk.attname not in values:
        row.pk = None
    for name, value in values.items():
        setattr(row, name, value)
    row._state.adding = True
    return row  # type: ignore[no-any-return]


def by_raw_sql(row: models.Model) -> None:
    fields = [one for one in row._meta.concrete_fields if not one.generated and not (one.primary_key and row.pk is None)]
    values = [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]
    names = ", ".join(connection.ops.quote_name(one.column) for one in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(values))})", values)


def by_orm(row: models.Model) -> None:
    row.save_base(raw=True, force_insert=True)


@pytest.mark.parametrize("rule", RULES)
def test_a_copy_with_one_thing_wrong_is_refused_by_the_rule(db: None, rule: str) -> None:
    for write in (by_raw_sql, by_orm):
        row = copied(*RULES[rule])
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            write(row)
        assert constraint_of(caught.value) == COMES_FIRST.get(rule, rule)


# --- The book of rules ----------------------------------------------------------------------------------------------------


def named_rules() -> set[str]:
    """Return each check, unique and exclusion rule of our tables by the name that somebody gave it."""
    ours = list(witnesses.witnessed()) + list(witnesses.kept_otherwise())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname::text FROM pg_constraint WHERE contype IN ('c', 'u', 'x') AND conrelid::regclass::text = ANY (%s)"
            " UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text = ANY (%s)",
            [ours, ours],
        )
        # Django's own: a column that is not below zero, or unique by itself.
        return {name for (name,) in cursor.fetchall() if not re.search(r"_(check|key)\d*$|_[0-9a-f]{8}_uniq$", name)} | {"ledger_entry_key"}


def rules_of_triggers() -> set[str]:
    """Return each rule that a trigger's function refuses by, and each trigger that has a name of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT found[1] FROM pg_proc, regexp_matches(prosrc, '(?:CONSTRAINT = |ledger_refuse_row[(]|THEN )''([a-z_0-9]+)''', 'g') found"
            " WHERE pronamespace = 'public'::regnamespace AND proname ~ '^(audit|ledger|credits|sharing|consent|disbursements|spending|callbacks|grievances|reports)_'"
        )
        return {name for (name,) in cursor.fetchall() if name.count("_") > 1}


def test_each_rule_of_the_database_is_in_the_book_of_rules_and_broken_by_a_test(db: None) -> None:
    book = Path("docs/database-rules.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in Path("tests").rglob("*.py"))
    # Not rules: what composite foreign keys refer to.
    targets = {name for name in named_rules() if name.endswith(("_id_currency", "_id_bank", "_range_key"))}
    rules = named_rules() - targets | rules_of_triggers()
    assert len(rules) > 250
    assert sorted(name for name in rules if name not in book) == []
    assert sorted(name for name in rules if name not in tests) == []


def test_each_trigger_is_in_the_book_of_rules(db: None) -> None:
    book = Path("docs/database-rules.md").read_text(encoding="utf-8")
    of_many = re.compile(r"_(append_only|no_truncate|frozen|kept|await_seal|witnessed|witnessed_anew|witness_leaves)$")
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgname::text FROM pg_trigger WHERE NOT tgisinternal")
        names = {name for (name,) in cursor.fetchall() if not of_many.search(name)}
    assert sorted(name for name in names if name not in book) == []
