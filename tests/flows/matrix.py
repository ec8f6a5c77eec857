"""Who may open and send what: the decision for every address of the site. An address without one fails the matrix test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core import signing

from reports.services import CONFIRM, LEAVE
from revenue.ledger.models import Account
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
    # Looking is written down: a paper is kept as it was drawn, and who opened a case is recorded.
    is_kept: bool = False
    # Sending is only another way of asking (a search, a file to compare): nothing is written, so anybody who may get may.
    sends_nothing: bool = False


def _id(name: str, row: str) -> Callable[[Scene], Mapping[str, Any]]:
    return lambda scene: {name: getattr(scene, row).pk}


PAGES: Final = (
    Case("home", get=EVERYBODY, answers=(302,), sends_nothing=True),
    Case("login", get=EVERYBODY, answers=(200, 302), sends_nothing=True),
    Case("logout", post=EVERYBODY),
    Case("password", get=SIGNED_IN, post=SIGNED_IN),
    Case("digits", post=EVERYBODY, get=EVERYBODY, answers=(200, 302, 422)),
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
    Case("reports:voucher", lambda scene: {"reference": scene.asked.reference}, get=READERS, is_kept=True),
    Case("reports:payment_list", lambda scene: {"bank": scene.bank.code}, get=READERS, is_kept=True),
    Case("reports:statement", lambda scene: {"code": scene.pu_char.code, "period": "2026Q3"}, get=READERS, is_kept=True),
    Case("reports:statement_set", lambda scene: {"set_id": scene.statements.pk, "kind": "pdf"}, get=READERS),
    Case("reports:set_statement", lambda scene: {"set_id": scene.statements.pk, "code": scene.pu_char.code}, get=READERS),
    Case("reports:subscribe", get=EVERYBODY, sends_nothing=True),
    # Whoever has the link from the e-mail has the right.
    Case("reports:confirm", lambda scene: {"token": signing.dumps(scene.subscriber.pk, salt=CONFIRM)}, get=EVERYBODY, post=EVERYBODY),
    Case("reports:leave", lambda scene: {"token": signing.dumps(scene.subscriber.pk, salt=LEAVE)}, get=EVERYBODY, post=EVERYBODY),
    Case("reports:verify", get=EVERYBODY, sends_nothing=True),
    Case("reports:verify_code", lambda scene: {"code": "0" * 16}, get=EVERYBODY),
    Case("reports:trace", get=READERS),
    Case("reports:trace_sale", lambda scene: {"reference": scene.sale.reference}, get=READERS),
    Case("reports:trace_spending", lambda scene: {"reference": scene.pumps.reference}, get=READERS),
    Case("reports:trace_disbursement", lambda scene: {"reference": scene.in_riel.disbursement.reference}, get=READERS),
    Case("reports:trace_recipient", lambda scene: {"code": scene.pumps.recipient.code}, get=READERS),
    Case("reports:trace_account", lambda scene: {"account_id": Account.objects.order_by("id")[0].pk}, get=READERS),
    # --- plans ---
    Case("sharing:simulator", _id("version_id", "plan"), get=READERS),
    Case("sharing:difference", _id("version_id", "plan"), get=READERS),
    Case("reports:plan_card", _id("recipient_id", "pu_char"), get=READERS + "L"),
    Case("reports:plan_card", _id("recipient_id", "other"), get=READERS),
    Case("sharing:simulator", _id("version_id", "proposal"), get=READERS),
    Case("sharing:difference", _id("version_id", "proposal"), get=READERS),
    # --- the phone: the liaison's own, and another community's ---
    Case("spending:home", get="L", sends_nothing=True),
    # The shell of the phone pages holds nobody's data: a phone keeps it before anybody signs in.
    Case("spending:phone_start", get=EVERYBODY, answers=(302,)),
    Case("spending:phone", lambda _scene: {"language": "km"}, get=EVERYBODY),
    Case("spending:phone_manifest", lambda _scene: {"language": "km"}, get=EVERYBODY),
    Case("spending:phone_worker", get=EVERYBODY),
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
    # --- a community's plan and consent ---
    Case("consent:plan", _id("recipient_id", "pu_char"), get="L", post="L"),
    Case("consent:plan", _id("recipient_id", "other")),
    Case("consent:plan", _id("recipient_id", "rangers")),
    Case("consent:begin", _id("recipient_id", "pu_char"), post="L"),
    Case("consent:begin", _id("recipient_id", "other")),
    Case("consent:send", _id("recipient_id", "pu_char"), post="L"),
    Case("consent:send", _id("recipient_id", "other")),
    Case("consent:remove_line", lambda scene: {"recipient_id": scene.pu_char.pk, "line_id": scene.budget_line.pk}, post="L"),
    Case("consent:remove_line", lambda scene: {"recipient_id": scene.other.pk, "line_id": scene.budget_line.pk}),
    Case("consent:consent", _id("recipient_id", "pu_char"), get="L", post="L"),
    Case("consent:consent", _id("recipient_id", "other")),
    Case("consent:minutes", _id("plan_id", "others_plan"), get=READERS),
    Case("consent:minutes", _id("plan_id", "old_plan"), get=READERS + "L"),
    Case("consent:minutes", _id("plan_id", "village_plan")),  # a draft has no minutes
    Case("consent:document", _id("consent_id", "consented"), get=READERS + "L"),
    Case("consent:document", _id("consent_id", "others_consent"), get=READERS),
    # --- the independent check: the scene's liaison is sent to another community ---
    Case("callbacks:checks", get="L"),
    Case("callbacks:check", _id("item_id", "to_ask"), get="L", post="L"),
    Case("callbacks:check", _id("item_id", "not_to_ask")),
    Case("callbacks:file", lambda scene: {"answer_id": scene.asked_villager.pk, "what": "photo"}, get=READERS),
    Case("callbacks:file", lambda scene: {"answer_id": scene.asked_villager.pk, "what": "recording"}),
    # --- complaints: anybody's to file and follow, with the code; their files are for who handles them ---
    Case("grievances:start", get=EVERYBODY, post=EVERYBODY),
    Case("grievances:follow", get=EVERYBODY, sends_nothing=True),
    Case("grievances:appeal", post=EVERYBODY),
    Case("grievances:counts", get=EVERYBODY),
    Case("grievances:file", lambda scene: {"case_id": scene.complaint.pk, "what": "photo"}, get="OA", is_kept=True),
    Case("grievances:file", lambda scene: {"case_id": scene.complaint.pk, "what": "recording"}),
    Case("grievances:for_villager", get="L", post="L"),
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
    Case("admin:spending_settlement_paper", lambda scene: {"settlement_id": scene.written_off.pk}, get=READERS),
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
    *_read("sample", "sample", READERS),
    *_read("sampled-payment", "to_ask", READERS),
    *_read("village-plan", "village_plan", READERS + "L", own="D"),
    Case("village-plan-detail", _id("pk", "others_plan"), get=READERS),
    *_read("consent", "consented", READERS + "L", own="D"),
    Case("consent-detail", _id("pk", "others_consent"), get=READERS),
    *_read("report", "issued", EVERYBODY),
    Case("report-detail", _id("pk", "ready"), get=READERS),
    Case("api-log-spending", post="OL"),
    Case("api-phone-reading", get="L"),
    Case("api-phone-photo", lambda _scene: {"sha256": "0" * 64}, get="L"),
    Case("api-phone-arrivals", post="L"),
    Case("api-ask-report", post="OA"),
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
    # Who opens one of these rows is recorded.
    is_kept: bool = False


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
    "registry_place": Office(new={"import": "O"}, acts={"name": "O"}, export=True),
    "registry_indicatorsnapshot": Office(new={"import": "O"}),
    "credits_project": Office(edit="O", new={"register": "O"}, acts={"record-sale": "O", "suspend": "A", "reinstate": "A"}, export=True),
    "credits_issuance": Office(new={"import": "O", "by-hand": "O"}, export=True),
    "credits_buyer": Office(edit="O", add="O", export=True),
    "credits_bankaccount": Office(edit="O", add="O", acts={"change": "O"}),
    "credits_bankaccountchange": Office(acts={"approve": "A", "refuse": "A"}),
    "credits_sale": Office(new={"record": "O"}, acts={"receive": "O", "deliver": "O", "cancel": "O"}, export=True),
    "credits_receipt": Office(new={"record": "O"}, acts={"identify": "O", "refund": "O", "correct": "O", "recall": "O"}, export=True),
    "credits_recall": Office(export=True),
    "credits_correction": Office(acts={"approve": "A", "refuse": "A"}),
    "credits_otherincome": Office(new={"propose": "O"}, acts={"approve": "A", "refuse": "A"}, export=True),
    "credits_banktransfer": Office(new={"record": "O"}),
    "credits_openingposition": Office(new={"propose": "O"}, acts={"approve": "A", "refuse": "A"}),
    "credits_article6event": Office(new={"record": "O"}),
    "sharing_waitingtranche": Office(acts={"allocate": "O", "assign": "O"}),
    "sharing_assignedmoney": Office(acts={"approve": "A", "refuse": "A"}),
    "sharing_allocationrun": Office(
        export=True,
        acts={"approve": "A", "refuse": "A", "withdraw": "O", "correct": "O", "ask-reversal": "O", "reverse": "A", "let-stand": "A"},
    ),
    "sharing_withheldline": Office(acts={"release": "A"}),
    "sharing_heldline": Office(acts={"release": "A"}),
    "sharing_statedfact": Office(new={"state": "O"}),
    "sharing_payoutrate": Office(new={"state": "O"}),
    "sharing_ruling": Office(new={"record": "O"}, acts={"approve": "A", "refuse": "A"}),
    "sharing_allocationline": Office(acts={"release": "A"}),
    "sharing_planversion": Office(
        new={"propose": "O", "draft": "O"}, acts={"edit": "O", "propose": "O", "withdraw": "O", "approve": "A", "refuse": "A"}
    ),
    "sharing_pot": Office(export=True),
    "sharing_beneficiary": Office(new={"add": "O"}, acts={"end": "O"}),
    "consent_villageplan": Office(
        new={"begin": "O"}, acts={"add-line": "O", "send": "O", "change": "O", "approve": "OA", "refuse": "OA", "next-version": "O"}, export=True
    ),
    "consent_budgetline": Office(acts={"remove": "O"}, export=True),
    "consent_consent": Office(new={"record": "O"}, acts={"confirm": "OA", "reject": "OA", "withhold": "O"}, export=True),
    "consent_withholding": Office(acts={"release": "A"}, export=True),
    "callbacks_sample": Office(new={"draw": "OA"}, export=True),
    "callbacks_sampledpayment": Office(acts={"record": "OA", "ask": "OA"}, export=True),
    "callbacks_answer": Office(export=True),
    # Opening a name is an act too: it is recorded.
    "grievances_case": Office(
        new={"enter": "OA"}, acts={"answer": "OA", "escalate": "OA", "close": "OA", "link": "OA", "name": "OA"}, export=True, is_kept=True
    ),
    "disbursements_disbursement": Office(
        new={"request": "O"},
        export=True,
        acts={"approve": "A", "reject": "A", "cancel": "A", "pay": "O", "acknowledge": "O", "return": "O", "close": "O", "sent-back": "O"},
    ),
    "disbursements_payment": Office(acts={"acknowledge": "O", "return": "O", "close": "O", "sent-back": "O"}, export=True),
    "disbursements_acknowledgement": Office(),
    "disbursements_moneyreturn": Office(),
    "disbursements_bankstatement": Office(new={"upload": "O"}, acts={"match": "O"}),
    "disbursements_statementline": Office(acts={"match": "O", "unmatch": "O"}, export=True),
    "disbursements_uncovered": Office(acts={"cover": "O"}),
    "disbursements_covering": Office(acts={"approve": "A", "refuse": "A", "undo": "A"}, export=True),
    "disbursements_lotclosing": Office(),
    "spending_spendingrecord": Office(
        export=True,
        acts={"accept": "OA", "query": "OA", "refuse": "OA", "disallow": "OA", "ask-back": "OA", "cover-later": "OA", "undo": "A"},
    ),
    "spending_recoverable": Office(
        new={"ask-back": "OA"}, export=True, acts={"repaid": "O", "write-off": "OA", "allow": "OA", "agree": "A", "decline": "A"}
    ),
    "spending_settlement": Office(acts={"take-back": "OA"}),
    "spending_trainingrecord": Office(acts={"accept": "OA", "query": "OA", "refuse": "OA"}, export=True),
    "spending_category": Office(edit="OA", add="OA"),
    "spending_evidence": Office(),
    "spending_arrival": Office(),
    "spending_reviewstep": Office(),
    "reports_period": Office(acts={"close": "OA"}),
    # The annex is the one thing an auditor sets off: a file drawn from a frozen snapshot; no row of the books changes by it.
    "reports_report": Office(new={"ask": "OA"}, acts={"review": "OA", "issue": "A", "restate": "OA", "retry": "OA", "annex": "OA"}),
    "reports_snapshot": Office(),
    "reports_calendar": Office(new={"set": "OA"}, acts={"stop": "OA"}),
    "reports_duereport": Office(),
    "reports_subscriber": Office(new={"enter": "OA"}),
    "reports_notice": Office(),
    "reports_statementset": Office(new={"ask": "OA"}, acts={"retry": "OA"}),
}


def office_cases(name: str, page: Office, row: str) -> list[Case]:
    """Return every address of one kind of row in the office; ``row`` is the key of one."""

    def at(what: str, **arguments: str) -> tuple[str, Callable[[Scene], Mapping[str, Any]]]:
        return f"admin:{name}_{what}", lambda _scene: arguments

    cases = [
        Case(*at("changelist"), get=page.read, sends_nothing=True),
        Case(*at("change", object_id=row), get=page.read, post=page.edit, is_kept=page.is_kept),
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
