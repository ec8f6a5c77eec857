"""How the office pages (the admin) look: name, colours, sidebar and first page."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

READS_BOOKS = "core.people.access.reads_books"
MANAGES_PEOPLE = "core.people.access.manages_people"


def _link(title: Any, icon: str, name: str, permission: str = READS_BOOKS) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name), "permission": permission}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Forest Dividend",
    "SITE_HEADER": "Forest Dividend",
    "SITE_SYMBOL": "forest",
    "SITE_FAVICONS": [{"rel": "icon", "sizes": "any", "type": "image/svg+xml", "href": lambda _request: static("leaf.svg")}],
    "SITE_URL": "/published/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {"navigation": [{"title": _("Digits"), "link": reverse_lazy("digits")}]},
    "DASHBOARD_CALLBACK": "reports.desk.dashboard",
    # It does nothing unless its reader chose Khmer digits.
    "SCRIPTS": [lambda _request: static("digits.js")],
    "STYLES": [lambda _request: static("office.css")],
    "COLORS": {
        "primary": {
            "50": "#eef6f1",
            "100": "#d8eade",
            "200": "#b3d6c0",
            "300": "#84bb9b",
            "400": "#529b74",
            "500": "#337e58",
            "600": "#1e5b3f",
            "700": "#184c35",
            "800": "#123c2a",
            "900": "#0d2c1f",
            "950": "#071911",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    _link(_("Work and state"), "dashboard", "admin:index"),
                    _link(_("Trace money"), "account_tree", "reports:trace"),
                ],
            },
            {
                "title": _("Money in"),
                "separator": True,
                "items": [
                    _link(_("Projects"), "forest", "admin:credits_project_changelist"),
                    _link(_("Credits issued"), "inventory_2", "admin:credits_issuance_changelist"),
                    _link(_("Sales"), "sell", "admin:credits_sale_changelist"),
                    _link(_("Receipts"), "payments", "admin:credits_receipt_changelist"),
                    _link(_("Recalled receipts"), "undo", "admin:credits_recall_changelist"),
                    _link(_("Other income"), "volunteer_activism", "admin:credits_otherincome_changelist"),
                    _link(_("Transfers between banks"), "swap_horiz", "admin:credits_banktransfer_changelist"),
                    _link(_("Opening positions"), "start", "admin:credits_openingposition_changelist"),
                    _link(_("Buyers"), "handshake", "admin:credits_buyer_changelist"),
                    _link(_("Bank accounts"), "account_balance", "admin:credits_bankaccount_changelist"),
                    _link(_("Bank statements"), "receipt_long", "admin:disbursements_bankstatement_changelist"),
                    _link(_("Statement lines"), "playlist_add_check", "admin:disbursements_statementline_changelist"),
                ],
            },
            {
                "title": _("Sharing"),
                "separator": True,
                "items": [
                    _link(_("Plans"), "gavel", "admin:sharing_planversion_changelist"),
                    _link(_("To be allocated"), "pending_actions", "admin:sharing_waitingtranche_changelist"),
                    _link(_("Allocations"), "call_split", "admin:sharing_allocationrun_changelist"),
                    _link(_("Withheld"), "lock_clock", "admin:sharing_withheldline_changelist"),
                    _link(_("In reserve"), "inventory", "admin:sharing_heldline_changelist"),
                    _link(_("Stated facts"), "fact_check", "admin:sharing_statedfact_changelist"),
                    _link(_("Decisions about steps"), "how_to_reg", "admin:sharing_ruling_changelist"),
                    _link(_("Payout rates"), "currency_exchange", "admin:sharing_payoutrate_changelist"),
                    _link(_("Assigned money"), "move_to_inbox", "admin:sharing_assignedmoney_changelist"),
                    _link(_("Pots"), "savings", "admin:sharing_pot_changelist"),
                    _link(_("Beneficiaries"), "diversity_3", "admin:sharing_beneficiary_changelist"),
                ],
            },
            {
                "title": _("Money out"),
                "separator": True,
                "items": [
                    _link(_("Disbursements"), "outbox", "admin:disbursements_disbursement_changelist"),
                    _link(_("Payments"), "price_check", "admin:disbursements_payment_changelist"),
                    _link(_("What is missing"), "heart_broken", "admin:disbursements_uncovered_changelist"),
                    _link(_("Coverings"), "health_and_safety", "admin:disbursements_covering_changelist"),
                    _link(_("Spending"), "shopping_bag", "admin:spending_spendingrecord_changelist"),
                    _link(_("Money to be repaid"), "undo", "admin:spending_recoverable_changelist"),
                    _link(_("Trainings"), "school", "admin:spending_trainingrecord_changelist"),
                    _link(_("Samples"), "casino", "admin:callbacks_sample_changelist"),
                    _link(_("Payments to check"), "phone_in_talk", "admin:callbacks_sampledpayment_changelist"),
                    _link(_("Villagers' answers"), "record_voice_over", "admin:callbacks_answer_changelist"),
                ],
            },
            {
                "title": _("Recipients"),
                "separator": True,
                "items": [
                    _link(_("Recipients"), "groups", "admin:registry_recipient_changelist"),
                    _link(_("Payee accounts"), "credit_card", "admin:registry_payeeaccount_changelist"),
                    _link(_("Villages"), "holiday_village", "admin:registry_village_changelist"),
                    _link(_("Gazetteer"), "map", "admin:registry_place_changelist"),
                    _link(_("Counts"), "query_stats", "admin:registry_indicatorsnapshot_changelist"),
                    _link(_("Village plans"), "edit_calendar", "admin:consent_villageplan_changelist"),
                    _link(_("Consent"), "how_to_vote", "admin:consent_consent_changelist"),
                    _link(_("Withheld without consent"), "pan_tool", "admin:consent_withholding_changelist"),
                    _link(_("Complaints"), "feedback", "admin:grievances_case_changelist"),
                ],
            },
            {
                "title": _("Reports"),
                "separator": True,
                "items": [
                    _link(_("Quarters"), "calendar_month", "admin:reports_period_changelist"),
                    _link(_("Reports"), "description", "admin:reports_report_changelist"),
                    _link(_("Calendars of reports"), "event_repeat", "admin:reports_calendar_changelist"),
                    _link(_("Community statements"), "campaign", "admin:reports_statementset_changelist"),
                    _link(_("Subscribers"), "mail", "admin:reports_subscriber_changelist"),
                    _link(_("Audit trail"), "history", "admin:audit_auditrecord_changelist"),
                    _link(_("Ledger"), "menu_book", "admin:ledger_posting_changelist"),
                    _link(_("Jobs"), "pending", "admin:core_job_changelist"),
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [_link(_("People"), "person", "admin:people_user_changelist", MANAGES_PEOPLE)],
            },
        ],
    },
}
