"""The officers' first page: the queue of work, what runs, and where each project stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from communities.consent.models import Consent, VillagePlan
from communities.consent.queries import unpaid_after_consent
from communities.grievances.models import OPEN, Case
from communities.grievances.queries import overdue
from communities.registry.models import PayeeAccount
from communities.spending.models import SpendingRecord, TrainingRecord
from communities.spending.queries import open_recoverables, settlements_to_decide
from core import clock, jobs
from core.models import BookCheck, Job
from core.money import Money, plain
from core.people.access import CHECKERS, OFFICERS, READERS, may
from reports.due import due_lines
from reports.models import Period, Report
from reports.words import own_name
from revenue.credits.models import BankAccountChange, Correction, Identification, OpeningPosition, OtherIncome, Project, Receipt, Sale
from revenue.credits.queries import held_receipts
from revenue.disbursements import queries as paying
from revenue.disbursements.models import Covering, Disbursement, Payment
from revenue.ledger import chart
from revenue.ledger.queries import balances, equations_by_tranche, first_open_day
from revenue.sharing.models import AllocationRun, AssignedMoney, PlanVersion, Ruling
from revenue.sharing.queries.holds import expired
from revenue.sharing.queries.withheld import releasable

ACKNOWLEDGE_WITHIN = timedelta(days=14)
# What is not ours should be settled within a month.
HELD_FOR = timedelta(days=30)
# Sums on the first page are in dollars: no amount is added across currencies.
IN_DOLLARS = Q(currency="USD")


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of work that waits: how many, how much, and the list it opens."""

    title: str
    count: int
    amount: str
    url: str
    is_late: bool = False
    is_mine: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a project's line, and the page of what it is made of."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """Where one project's money is now."""

    name: str
    url: str
    status: str
    status_title: str
    cells: list[Cell]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the first page to the admin's own context."""
    if not may(request.user, READERS):
        return context
    today = clock.today()
    cards = [card for card in _cards(request.user, today) if card.count]
    context.update(
        work_cards=[card for card in cards if card.is_mine],
        other_cards=[card for card in cards if not card.is_mine],
        project_columns=[_("Sold"), _("Received"), _("Unallocated"), _("Set aside"), _("Committed"), _("With recipients"), _("Spent")],
        project_lines=_project_lines(),
        due_lines=due_lines(at=clock.now()),
        may_retry=may(request.user, OFFICERS),
        running_jobs=[(jobs.title_of(job.kind), job) for job in Job.objects.filter(state=Job.State.RUNNING).order_by("id")[:8]],
        waiting_jobs=_waiting_jobs(),
        failed_jobs=[(jobs.title_of(job.kind), job) for job in Job.objects.filter(state=Job.State.FAILED).order_by("-id")[:5]],
        book_check=BookCheck.objects.order_by("-checked_at", "-id").first(),
        is_new=not Project.objects.exists(),
    )
    return context


def _waiting_jobs() -> list[tuple[str, int]]:
    """Return how much work of each kind waits for a worker: one line, also when a thousand statements do."""
    counted = Job.objects.filter(state=Job.State.WAITING).values_list("kind").annotate(Count("id")).order_by("kind")
    return [(jobs.title_of(kind), count) for kind, count in counted]


def _list(model: str, **filters: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return reverse(f"admin:{model}_changelist") + (f"?{query}" if query else "")


def _cards(person: object, today: date) -> Iterable[Card]:
    checker, officer = may(person, CHECKERS), may(person, OFFICERS)
    maker = officer and not checker
    yield from _money_in(today=today, maker=maker, checker=checker)
    yield from _sharing(today=today, checker=checker)
    yield from _money_out(today=today, maker=maker, checker=checker)
    yield from _agreed(officer=officer)
    yield from _evidence(today=today, officer=officer)
    decisions = settlements_to_decide().count()
    yield _card(_("Write-offs and allowances to decide"), decisions, None, _list("spending_recoverable", standing="waits"), is_mine=checker)
    waiting, late = Case.objects.filter(status__in=sorted(OPEN)).count(), overdue(on=today).count()
    yield _card(_("Complaints to answer"), waiting - late, None, _list("grievances_case", status__exact="RECEIVED"), is_mine=officer)
    yield _card(_("Complaints nobody answered in time"), late, None, _list("grievances_case", late="yes"), is_late=True, is_mine=officer)
    yield from _reporting(maker=maker, checker=checker)


def _money_in(*, today: date, maker: bool, checker: bool) -> Iterable[Card]:
    waiting = equations_by_tranche()
    unallocated = [equation.unallocated for tranche, equation in waiting.items() if tranche and equation.unallocated]
    yield _card(_("Receipts to allocate"), len(unallocated), sum(unallocated), _list("sharing_waitingtranche"), is_mine=maker)
    unknown = Receipt.objects.filter(status=Receipt.Status.UNIDENTIFIED).aggregate(count=Count("id"), amount=Sum("gross_minor", filter=IN_DOLLARS))
    yield _card(_("Receipts to identify"), unknown["count"], unknown["amount"], _list("credits_receipt", status__exact="UNIDENTIFIED"), is_mine=maker)
    yield from _held(today=today, maker=maker)
    plans = PlanVersion.objects.filter(status=PlanVersion.Status.PROPOSED).count()
    yield _card(_("Plans to decide"), plans, None, _list("sharing_planversion", status__exact="PROPOSED"), is_mine=checker)
    openings = OpeningPosition.objects.filter(status=OpeningPosition.Status.PROPOSED).count()
    yield _card(_("Opening positions to decide"), openings, None, _list("credits_openingposition", status__exact="PROPOSED"), is_mine=checker)
    for model, title, page in (
        (OtherIncome, _("Other income to decide"), "credits_otherincome"),
        (Correction, _("Corrected identifications to decide"), "credits_correction"),
        (AssignedMoney, _("Assignments to pots to decide"), "sharing_assignedmoney"),
    ):
        yield _card(title, model.objects.filter(status="PROPOSED").count(), None, _list(page, status__exact="PROPOSED"), is_mine=checker)


def _held(*, today: date, maker: bool) -> Iterable[Card]:
    """Say what others wait for, late after a month."""
    overpaid = [receipt for receipt in held_receipts() if receipt.status == Receipt.Status.IDENTIFIED]
    amount = sum(receipt.held_minor for receipt in overpaid if receipt.currency == "USD")
    is_late = any(receipt.value_date < today - HELD_FOR for receipt in overpaid)
    yield _card(_("Overpaid money to settle"), len(overpaid), amount, _list("credits_receipt", waits="refund"), is_late=is_late, is_mine=maker)


def _sharing(*, today: date, checker: bool) -> Iterable[Card]:
    proposed = AllocationRun.objects.filter(status=AllocationRun.Status.PROPOSED).aggregate(
        count=Count("id"), amount=Sum("amount_minor", filter=IN_DOLLARS)
    )
    yield _card(
        _("Allocations to decide"), proposed["count"], proposed["amount"], _list("sharing_allocationrun", status__exact="PROPOSED"), is_mine=checker
    )
    undone = AllocationRun.objects.filter(status=AllocationRun.Status.ALLOCATED, reversal_asked_by__isnull=False).count()
    yield _card(_("Allocations to reverse"), undone, None, _list("sharing_allocationrun", reversal="asked"), is_mine=checker)
    rulings = Ruling.objects.filter(status=Ruling.Status.PROPOSED).count()
    yield _card(_("Decisions about steps to approve"), rulings, None, _list("sharing_ruling", status__exact="PROPOSED"), is_mine=checker)
    reserves = expired(on=today)
    in_dollars = sum(line.amount_minor for line in reserves if line.run.currency == "USD")
    yield _card(_("Reserves that have expired"), len(reserves), in_dollars, _list("sharing_heldline", expired="yes"), is_mine=checker)
    ready = releasable(on=today)
    in_dollars = sum(line.amount_minor for line in ready if line.run.currency == "USD")
    yield _card(_("Withheld money that may be released now"), len(ready), in_dollars, _list("sharing_withheldline"), is_mine=checker)


def _money_out(*, today: date, maker: bool, checker: bool) -> Iterable[Card]:
    by_status = {
        row["status"]: row
        for row in Disbursement.objects.values("status").annotate(count=Count("id"), amount=Sum("amount_minor", filter=IN_DOLLARS)).order_by("status")
    }
    for status, title, is_mine in (("REQUESTED", _("Disbursements to approve"), checker), ("APPROVED", _("Disbursements to pay"), maker)):
        row = by_status.get(status, {"count": 0, "amount": 0})
        yield _card(title, row["count"], row["amount"], _list("disbursements_disbursement", status__exact=status), is_mine=is_mine)
    accounts = PayeeAccount.objects.filter(status=PayeeAccount.Status.PROPOSED).count()
    yield _card(_("Payee accounts to decide"), accounts, None, _list("registry_payeeaccount", status__exact="PROPOSED"), is_mine=checker)
    yield from _missing(today=today, maker=maker, checker=checker)
    late = Payment.objects.filter(status=Payment.Status.PAID, acknowledgement=None, paid_on__lt=today - ACKNOWLEDGE_WITHIN)
    unsaid = _list("disbursements_payment", acknowledged="no", paid_on__lt=(today - ACKNOWLEDGE_WITHIN).isoformat())
    late_sum = late.aggregate(count=Count("id"), amount=Sum("amount_minor", filter=IN_DOLLARS))
    yield _card(_("Payments nobody acknowledged in two weeks"), late_sum["count"], late_sum["amount"], unsaid, is_late=True)
    left = _late_advances(today)
    yield _card(_("Late advances"), len(left), sum(left), _list("disbursements_disbursement", late="account"), is_late=True)


def _missing(*, today: date, maker: bool, checker: bool) -> Iterable[Card]:
    """Say what is missing and who decides it, what banks took far above an approval, and what no line or entry explains."""
    found = paying.worth_deciding(paying.gaps())
    for is_loss, title in ((False, _("Shortfalls to cover, the oldest of %(days)s days")), (True, _("Exchange losses nobody has borne"))):
        gaps = [gap for gap in found if gap.is_loss == is_loss]
        amount = sum(gap.amount_minor for gap in gaps if gap.place.currency == "USD")
        oldest = {"days": max((gap.days(today) for gap in gaps), default=0)}
        yield _card(title % oldest, len(gaps), amount, _list("disbursements_uncovered"), is_late=not is_loss, is_mine=maker)
    asked = Covering.objects.filter(status=Covering.Status.PROPOSED).aggregate(count=Count("id"), amount=Sum("amount_minor", filter=IN_DOLLARS))
    yield _card(_("Coverings to decide"), asked["count"], asked["amount"], _list("disbursements_covering", status__exact="PROPOSED"), is_mine=checker)
    open_day = first_open_day(happened_on=date.min)
    above = paying.far_above(since=open_day).count()
    yield _card(_("Debits far above what was approved"), above, None, _list("disbursements_payment", above="yes"), is_late=True)
    lines = paying.unmatched_lines().count()
    yield _card(_("Statement lines that stand for nothing"), lines, None, _list("disbursements_statementline", matched="no"), is_mine=maker)
    changes = BankAccountChange.objects.filter(status=BankAccountChange.Status.PROPOSED).count()
    yield _card(
        _("Changes of our bank accounts to decide"), changes, None, _list("credits_bankaccountchange", status__exact="PROPOSED"), is_mine=checker
    )


def _late_advances(today: date) -> list[int]:
    """Return what is left, in minor units, of each advance whose day to be accounted for has passed."""
    due = list(Disbursement.objects.filter(account_by__lt=today, status=Disbursement.Status.PAID).values_list("id", flat=True))
    return [held.amount_minor for held in balances(grouped=["lot"], kinds=[chart.ADVANCE], lots=due, currency="USD") if held.amount_minor]


def _agreed(*, officer: bool) -> Iterable[Card]:
    """Say what communities planned and said that waits, and whose money waits although they agree no more."""
    plans = VillagePlan.objects.filter(status=VillagePlan.Status.PROPOSED).count()
    yield _card(_("Village plans to decide"), plans, None, _list("consent_villageplan", status__exact="PROPOSED"), is_mine=officer)
    said = Consent.objects.filter(status=Consent.Status.ENTERED).count()
    yield _card(_("Consents to confirm"), said, None, _list("consent_consent", status__exact="ENTERED"), is_mine=officer)
    unpaid = unpaid_after_consent()
    amount = sum(part.amount_minor for one in unpaid for part in one.in_pots if part.currency == "USD")
    amount += sum(minor for one in unpaid for currency, _lot, minor in one.promised if currency == "USD")
    yield _card(_("No consent any more, and money not paid"), len(unpaid), amount, _list("consent_consent", counts="unpaid"), is_mine=officer)


def _evidence(*, today: date, officer: bool) -> Iterable[Card]:
    spending = SpendingRecord.objects.filter(status=SpendingRecord.Status.LOGGED).count()
    yield _card(_("Spending to check"), spending, None, _list("spending_spendingrecord", status__exact="LOGGED"), is_mine=officer)
    owed = open_recoverables().aggregate(count=Count("id"), amount=Sum("left_minor", filter=IN_DOLLARS))
    yield _card(_("Money to be repaid"), owed["count"], owed["amount"], _list("spending_recoverable", standing="open"), is_mine=officer)
    trainings = TrainingRecord.objects.filter(status=TrainingRecord.Status.LOGGED).count()
    yield _card(_("Trainings to check"), trainings, None, _list("spending_trainingrecord", status__exact="LOGGED"), is_mine=officer)
    queried = SpendingRecord.objects.filter(status=SpendingRecord.Status.QUERIED).count()
    yield _card(
        _("Questions waiting for an answer from a village"), queried, None, _list("spending_spendingrecord", status__exact="QUERIED"), is_mine=False
    )


def _reporting(*, maker: bool, checker: bool) -> Iterable[Card]:
    periods = Period.objects.filter(status=Period.Status.PROPOSED).count()
    yield _card(_("Quarters to close"), periods, None, _list("reports_period", status__exact="PROPOSED"), is_mine=maker or checker)
    final = Report.objects.filter(is_interim=False, replaced_by=None)
    drafts = final.filter(status=Report.Status.READY).count()
    yield _card(_("Reports to review"), drafts, None, _list("reports_report", status__exact="READY", is_interim__exact=0), is_mine=maker)
    reviewed = final.filter(status=Report.Status.REVIEWED).count()
    yield _card(_("Reports to issue"), reviewed, None, _list("reports_report", status__exact="REVIEWED", is_interim__exact=0), is_mine=checker)
    failed = Report.objects.filter(status=Report.Status.FAILED).count()
    yield _card(_("Reports that failed"), failed, None, _list("reports_report", status__exact="FAILED"), is_late=True)


def _card(title: str, count: int, amount: int | None, url: str, *, is_late: bool = False, is_mine: bool = True) -> Card:
    return Card(title, count, f"USD {plain(Money(amount, 'USD'))}" if amount else "", url, is_late, is_mine)


def _project_lines() -> list[ProjectLine]:
    owners = dict(Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id").values_list("tranche_id", "project_id"))
    where: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for tranche, equation in equations_by_tranche().items():
        if tranche in owners:
            for kind in ("received", *chart.OURS):
                where[owners[tranche]][kind] += getattr(equation, kind)
    live = ~Q(status=Sale.Status.CANCELLED)
    sold = dict(
        Sale.objects.filter(live, currency="USD").values("project_id").annotate(amount=Sum("amount_minor")).values_list("project_id", "amount")
    )
    waits = AllocationRun.objects.filter(project=OuterRef("pk"), status=AllocationRun.Status.UNALLOCATED)
    projects = Project.objects.annotate(has_problem=Exists(waits)).order_by("name")
    return [_project_line(project, sold.get(project.pk, 0), where[project.pk]) for project in projects]


def _project_line(project: Project, sold: int, where: dict[str, int]) -> ProjectLine:
    mine = {"project__id__exact": project.pk}
    set_aside = where["pot"] + where["reserve"] + where["withheld"]
    cells = [
        _cell(sold, _list("credits_sale", **mine)),
        _cell(where["received"], _list("credits_receipt", sale__project__id__exact=project.pk)),
        _cell(where["unallocated"], _list("sharing_allocationrun", **mine)),
        _cell(set_aside, _list("sharing_pot", **mine)),
        _cell(where["committed"], _list("disbursements_disbursement", status__exact="APPROVED", **mine)),
        _cell(where["advance"] + where["recoverable"], _list("disbursements_disbursement", status__exact="PAID", **mine)),
        _cell(where["spent"], _list("spending_spendingrecord", status__exact="ACCEPTED", project=project.pk)),
    ]
    url = reverse("admin:credits_project_change", args=[project.pk])
    return ProjectLine(own_name(project.name, project.name_km), url, project.status, project.get_status_display(), cells)


def _cell(minor: int, url: str) -> Cell:
    return Cell(plain(Money(minor, "USD")), url)
