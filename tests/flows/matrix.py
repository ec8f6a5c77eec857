"""Who may open and send what: the decision for every address of the site. An address without one fails the matrix test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.flows.scene import Scene

# Letters of who is asking: officer, approver, auditor (U), administrator (D), liaison, nobody.
READERS: Final = "OAU"
OFFICE: Final = "OAUD"
SIGNED_IN: Final = "OAUDL"
EVERYBODY: Final = "OAUDLN"


@dataclass(frozen=True)
class Case:
    """One address with arguments from the scene, and who may get and send it."""

    name: str
    arguments: Callable[[Scene], Mapping[str, Any]] = field(default=lambda _scene: {})
    get: str = ""
    post: str = ""
    # What a getter who may gets: a page, or the way to one.
    answers: tuple[int, ...] = (200,)
    # Sending is only another way of asking (a search, a file to compare): nothing is written, so anybody who may get may.
    sends_nothing: bool = False


def _id(name: str, row: str) -> Callable[[Scene], Mapping[str, Any]]:
    return lambda scene: {name: getattr(scene, row).pk}


PAGES: Final = (
    Case("home", get=EVERYBODY, answers=(302,), sends_nothing=True),
    Case("login", get=EVERYBODY, answers=(200, 302), sends_nothing=True),
    Case("logout", post=EVERYBODY),
    Case("password", get=SIGNED_IN, post=SIGNED_IN),
    Case("set_language", post=EVERYBODY, get=EVERYBODY, answers=(302,)),
    Case("health", get=EVERYBODY),
    # --- reports ---
    Case("reports:issued", get=EVERYBODY),
    Case("reports:report", _id("report_id", "issued"), get=EVERYBODY),
    Case("reports:report", _id("report_id", "ready"), get=READERS),
    Case("reports:report", _id("report_id", "interim"), get=READERS, answers=(302,)),
    Case("reports:progress", _id("report_id", "interim"), get=READERS),
    Case("reports:file", _id("file_id", "public_file"), get=EVERYBODY),
    Case("reports:file", _id("file_id", "office_file"), get=READERS),
    Case("reports:iati", _id("report_id", "issued"), get=EVERYBODY),
    Case("reports:iati", _id("report_id", "ready")),
    Case("reports:voucher", lambda scene: {"reference": scene.asked.reference}, get=READERS),
    Case("reports:payment_list", lambda scene: {"bank": scene.bank.code}, get=READERS),
    Case("reports:statement", lambda scene: {"code": scene.pu_char.code, "period": "2026Q3"}, get=READERS),
    Case("reports:verify", get=EVERYBODY, sends_nothing=True),
    Case("reports:verify_code", lambda scene: {"code": "0" * 16}, get=EVERYBODY),
    Case("reports:trace", get=READERS),
    Case("reports:trace_sale", lambda scene: {"reference": scene.sale.reference}, get=READERS),
    Case("reports:trace_spending", lambda scene: {"reference": scene.pumps.reference}, get=READERS),
    # --- plans ---
    Case("sharing:simulator", _id("version_id", "plan"), get=READERS),
    Case("sharing:difference", _id("version_id", "plan"), get=READERS),
    Case("reports:plan_card", _id("recipient_id", "pu_char"), get=READERS + "L"),
    Case("reports:plan_card", _id("recipient_id", "other"), get=READERS),
    Case("sharing:simulator", _id("version_id", "proposal"), get=READERS),
    Case("sharing:difference", _id("version_id", "proposal"), get=READERS),
    # --- the phone: the liaison's own, and another community's ---
    Case("spending:home", get="L", sends_nothing=True),
    Case("spending:records", _id("recipient_id", "pu_char"), get="L", sends_nothing=True),
    Case("spending:records", _id("recipient_id", "other")),
    Case("spending:log_spending", _id("recipient_id", "pu_char"), get="L", post="L"),
    Case("spending:log_spending", _id("recipient_id", "other")),
    Case("spending:log_training", _id("recipient_id", "pu_char"), get="L", post="L"),
    Case("spending:log_training", _id("recipient_id", "other")),
    Case("spending:spending", _id("record_id", "queried"), get="L"),
    Case("spending:spending", _id("record_id", "others_record")),
    Case("spending:spending_saved", _id("record_id", "queried"), get="L"),
    Case("spending:spending_saved", _id("record_id", "others_record")),
    Case("spending:answer", _id("record_id", "queried"), post="L"),
    Case("spending:answer", _id("record_id", "others_record")),
    Case("spending:add_photos", _id("record_id", "queried"), post="L"),
    Case("spending:add_photos", _id("record_id", "others_record")),
    Case("spending:training", _id("record_id", "trained"), get="L"),
    Case("spending:training", _id("record_id", "others_training")),
    Case("spending:training_saved", _id("record_id", "trained"), get="L"),
    Case("spending:training_saved", _id("record_id", "others_training")),
    Case("spending:training_answer", _id("record_id", "trained"), post="L"),
    Case("spending:training_answer", _id("record_id", "others_training")),
    Case("spending:training_add_photos", _id("record_id", "trained"), post="L"),
    Case("spending:training_add_photos", _id("record_id", "others_training")),
    Case("spending:acknowledge", _id("payment_id", "mine_paid"), get="L", post="L"),
    Case("spending:acknowledge", _id("payment_id", "other_paid")),
    Case("spending:evidence", _id("evidence_id", "photo"), get=READERS + "L"),
    Case("spending:evidence", _id("evidence_id", "others_photo"), get=READERS),
    Case("spending:evidence_small", _id("evidence_id", "photo"), get=READERS + "L"),
    Case("spending:evidence_small", _id("evidence_id", "others_photo"), get=READERS),
    # --- the office's frame ---
    Case("admin:index", get=OFFICE, sends_nothing=True),
    Case("admin:login", get=OFFICE + "N", answers=(302,), sends_nothing=True),
    Case("admin:logout", get="N", post=OFFICE + "N", answers=(302,)),
    Case("admin:password_change", get=OFFICE + "N", answers=(302,), sends_nothing=True),
    Case("admin:password_change_done", get=OFFICE, sends_nothing=True),
    Case("admin:autocomplete"),
    Case("admin:search", get=OFFICE, sends_nothing=True),
    Case("admin:jsi18n", get=OFFICE, sends_nothing=True),
    Case("admin:view_on_site", lambda scene: {"content_type_id": "1", "object_id": "1"}),
    # A frame around the lists of one part of the books: it shows each role only the lists that are theirs.
    Case("admin:app_list", lambda scene: {"app_label": "credits"}, get=READERS, sends_nothing=True),
    Case("admin:app_list", lambda scene: {"app_label": "people"}, get=OFFICE, sends_nothing=True),
    Case("admin:spending_spendingrecord_review_first", get=READERS, answers=(302,), sends_nothing=True),
    Case("admin:spending_spendingrecord_review", _id("record_id", "logged"), get=READERS, post="OA"),
)


def _read(name: str, row: str, getters: str, *, own: str = "") -> tuple[Case, ...]:
    """An API list and one row of it; ``own`` may see the list, but this row is not theirs."""
    return (
        Case(f"{name}-list", get=getters + own),
        Case(f"{name}-detail", _id("pk", row), get=getters),
    )


API: Final = (  # The name is the list's; its other spelling, "sales.json", asks the same views.
    *_read("project", "project", READERS),
    *_read("issuance", "issuance", READERS),
    *_read("sale", "sale", READERS),
    *_read("receipt", "first", READERS),
    *_read("plan", "plan", READERS),
    Case("allocation-list", get=READERS),
    Case("allocation-detail", lambda scene: {"pk": scene.first.tranche.allocation_runs.first().pk}, get=READERS),
    *_read("disbursement", "asked", READERS),
    # An administrator has no recipients: an empty list, and nothing by its number.
    *_read("recipient", "pu_char", READERS + "L", own="D"),
    Case("recipient-detail", _id("pk", "other"), get=READERS),
    *_read("spending", "logged", READERS + "L", own="D"),
    Case("spending-detail", _id("pk", "others_record"), get=READERS),
    *_read("training", "trained", READERS + "L", own="D"),
    Case("training-detail", _id("pk", "others_training"), get=READERS),
    *_read("report", "issued", EVERYBODY),
    Case("report-detail", _id("pk", "ready"), get=READERS),
    Case("api-log-spending", post="OL"),
    Case("api-trace-sale", lambda scene: {"reference": scene.sale.reference}, get=READERS),
    Case("api-trace-spending", lambda scene: {"reference": scene.pumps.reference}, get=READERS),
    Case("api-root", get=SIGNED_IN),
    Case("api-nothing"),
    Case("schema", get=SIGNED_IN),
    Case("api_docs", get=SIGNED_IN),
)


@dataclass(frozen=True)
class Office:
    """One kind of row in the office: who reads it, edits and adds it as master data, and who does which act."""

    read: str = READERS
    edit: str = ""
    add: str = ""
    new: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)
    export: bool = False


# By "app_model". Nobody deletes anything, so that is not even a column here.
OFFICE_PAGES: Final[Mapping[str, Office]] = {
    "core_programme": Office(read=OFFICE, edit="D"),
    "core_job": Office(read=OFFICE),
    "core_bookcheck": Office(),
    "core_storedfile": Office(),
    "core_importrun": Office(acts={"accept": "O", "abandon": "O"}),
    "people_user": Office(
        read=OFFICE, new={"create": "D"}, export=True, acts={"reset-access": "D", "sign-out": "D", "details": "D", "suspend": "D", "reinstate": "D"}
    ),
    "audit_auditrecord": Office(read=OFFICE, export=True),
    "ledger_posting": Office(),
    "ledger_entry": Office(),
    "ledger_account": Office(),
    "ledger_tranche": Office(),
    "registry_recipient": Office(
        read=OFFICE, edit="O", new={"import": "O", "register": "O"}, acts={"propose-account": "O", "assign": "OD", "cover": "O"}, export=True
    ),
    "registry_payeeaccount": Office(acts={"approve": "A", "refuse": "A"}, export=True),
    "registry_assignment": Office(read=OFFICE, new={"assign": "OD"}, acts={"end": "OD"}),
    "registry_village": Office(edit="O", add="O", new={"import": "O"}, export=True),
    "registry_indicatorsnapshot": Office(new={"import": "O"}),
    "credits_project": Office(edit="O", new={"register": "O"}, acts={"record-sale": "O", "suspend": "A", "reinstate": "A"}, export=True),
    "credits_issuance": Office(new={"import": "O", "by-hand": "O"}, export=True),
    "credits_buyer": Office(edit="O", add="O", export=True),
    "credits_bankaccount": Office(edit="O", add="O"),
    "credits_sale": Office(new={"record": "O"}, acts={"receive": "O", "deliver": "O", "cancel": "O"}, export=True),
    "credits_receipt": Office(new={"record": "O"}, acts={"identify": "O", "refund": "O"}, export=True),
    "credits_openingposition": Office(new={"propose": "O"}, acts={"approve": "A", "refuse": "A"}),
    "credits_article6event": Office(new={"record": "O"}),
    "sharing_waitingtranche": Office(acts={"allocate": "O"}),
    "sharing_allocationrun": Office(export=True),
    "sharing_allocationline": Office(acts={"release": "A"}),
    "sharing_planversion": Office(new={"propose": "O"}, acts={"approve": "A", "refuse": "A"}),
    "sharing_pot": Office(export=True),
    "sharing_beneficiary": Office(new={"add": "O"}, acts={"end": "O"}),
    "disbursements_disbursement": Office(
        new={"request": "O"},
        export=True,
        acts={"approve": "A", "reject": "A", "cancel": "A", "pay": "O", "acknowledge": "O", "return": "O", "sent-back": "O"},
    ),
    "disbursements_payment": Office(acts={"acknowledge": "O", "return": "O", "sent-back": "O"}, export=True),
    "disbursements_acknowledgement": Office(),
    "disbursements_moneyreturn": Office(),
    "disbursements_bankstatement": Office(new={"upload": "O"}, acts={"match": "O"}),
    "disbursements_statementline": Office(export=True),
    "spending_spendingrecord": Office(acts={"accept": "OA", "query": "OA", "refuse": "OA"}, export=True),
    "spending_trainingrecord": Office(acts={"accept": "OA", "query": "OA", "refuse": "OA"}, export=True),
    "spending_category": Office(edit="OA", add="OA"),
    "spending_evidence": Office(),
    "spending_reviewstep": Office(),
    "reports_period": Office(acts={"close": "OA"}),
    # The annex is the one thing an auditor sets off: a file drawn from a frozen snapshot; no row of the books changes by it.
    "reports_report": Office(new={"ask": "OA"}, acts={"issue": "A", "retry": "OA", "annex": "OA"}),
    "reports_snapshot": Office(),
}


def office_cases(name: str, page: Office, row: str) -> list[Case]:
    """Return every address of one kind of row in the office; ``row`` is the key of one."""

    def at(what: str, **arguments: str) -> tuple[str, Callable[[Scene], Mapping[str, Any]]]:
        return f"admin:{name}_{what}", lambda _scene: arguments

    cases = [
        Case(*at("changelist"), get=page.read, sends_nothing=True),
        Case(*at("change", object_id=row), get=page.read, post=page.edit),
        Case(*at("history", object_id=row), get=page.read, sends_nothing=True),
        Case(*at("add"), get=page.add, post=page.add),
        Case(*at("delete", object_id=row)),
        Case(*at("export"), get=page.read if page.export else "", sends_nothing=True),
        # An act that nobody declared is nothing, whoever asks.
        Case(*at("act", object_id=row, name="no-such-act")),
        Case(*at("new_act", name="no-such-act")),
    ]
    cases += [Case(*at("act", object_id=row, name=act), get=who, post=who) for act, who in page.acts.items()]
    return cases + [Case(*at("new_act", name=act), get=who, post=who) for act, who in page.new.items()]
