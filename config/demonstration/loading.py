"""Load the demonstration: the newest quarter at once; the rest, and the older reports, by the worker, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from os import cpu_count
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from communities.registry.models import PayeeAccount
from communities.registry.services import decide_account, propose_account
from config.demonstration.acts import moment, quickly, waiting
from config.demonstration.consents import plan_and_consent
from config.demonstration.done import acts_done
from config.demonstration.field_acts import FieldActs
from config.demonstration.lists import load_lists, propose_next_plan
from config.demonstration.money_acts import MoneyActs
from config.demonstration.office import Office, assign_everybody, let_everybody_in
from config.demonstration.programme import NEWEST, QUARTERS, RUNNING, TODAY, first_day
from config.demonstration.unusual import load_unusual
from core import clock, jobs
from core.jobs import Progress
from core.models import Job
from reports import services
from reports.models import Period, Report
from reports.tasks import check_books_nightly

JOB_KIND: Final = "demonstration"
OLDER: Final = QUARTERS[: QUARTERS.index(NEWEST)]
# The books of an older quarter were closed so long after its end, and its reports issued so long after that.
CLOSED_AFTER, ISSUED_AFTER, READ_BEFORE = timedelta(days=19), timedelta(days=5), timedelta(days=1)
SECONDS_BETWEEN_LOOKS: Final = 3
EVERY: Final = 20
# The projects as two cores share them; UN is money that nobody has identified.
LANES: Final = (("KS", "PL", "RF"), ("SC", "TR", "UN"))

Watch = Callable[[int, int], None]
# A quarter, and which of its files.
Part = tuple[str, tuple[type[MoneyActs] | type[FieldActs], ...]]
AT_ONCE: Final[tuple[Part, ...]] = ((NEWEST, (MoneyActs, FieldActs)), (RUNNING, (MoneyActs,)))
# Then the rest of the running quarter, and the older ones in order.
BY_WORKER: Final = (RUNNING, *OLDER)


class ReportFailed(RuntimeError):
    """A report of an older quarter could not be made."""


def load_newest() -> bool:
    """Load the lists and what is newest, ask for the first reports, and leave the rest to the worker; False if it was there."""
    if Job.objects.filter(key=_key(BY_WORKER[0])).exists():
        return False
    with quickly(), transaction.atomic():
        let_everybody_in()
        load_lists(Office())
        assign_everybody()
    load_side_by_side(parts=AT_ONCE)
    office = Office()
    _change_an_account(office)
    propose_next_plan(office)
    with transaction.atomic():
        services.propose_periods(today=clock.today(), since=first_day(quarter=OLDER[0]))
        for project in ("", "keo-seima"):
            services.ask_report(period=NEWEST, project_code=project, by=office.officer, at=clock.now())
        _go_on(BY_WORKER[0])
    return True


def load_part(*, part: Part, office: Office, watch: Watch, lanes: Collection[str] | None = None) -> None:
    """Do what is still to do of a quarter's files (or of some lanes of them), act by act, each in a transaction of its own."""
    quarter, kinds = part
    acts = [act for kind in kinds for act in kind(office, quarter).all() if lanes is None or act.lane in lanes]
    todo = waiting(acts=acts, done=acts_done(quarter=quarter))
    before = len(acts) - len(todo)
    for number, act in enumerate(todo):
        if number % EVERY == 0:
            watch(before + number, len(acts))
        act.do()


def load_side_by_side(*, parts: Sequence[Part]) -> None:
    """Load files on two cores: each takes some projects, which draw on no pot of the others; what is left comes last."""
    if not connection.in_atomic_block and cpu_count() != 1:
        connection.close()
        with ProcessPoolExecutor(max_workers=len(LANES), mp_context=get_context("fork")) as pool:
            for done in [pool.submit(_load_lanes, parts, lanes) for lanes in LANES]:
                done.result()
    _load_lanes(parts, None)


def _load_lanes(parts: Sequence[Part], lanes: Collection[str] | None) -> None:
    office = Office()
    with quickly():
        for part in parts:
            load_part(part=part, office=office, watch=lambda _done, _total: None, lanes=lanes)


@jobs.kind(JOB_KIND, gettext_lazy("Loading the demonstration"))
def do_step(*, progress: Progress, step: str) -> str:
    """Load one quarter and close it if it is an older one, or issue the reports that are ready; then queue what comes next."""
    return _issue(progress, int(step)) if step.isdecimal() else _load_and_close(progress, step)


def _load_and_close(progress: Progress, quarter: str) -> str:
    office = Office()
    following = BY_WORKER[BY_WORKER.index(quarter) + 1 :]

    def watch(done: int, total: int) -> None:
        progress.report(done=done, total=total, message=gettext_noop("Loading %(quarter)s"), quarter=quarter)

    with quickly():
        load_part(part=(quarter, (MoneyActs, FieldActs)), office=office, watch=watch)
        if quarter == RUNNING:
            load_unusual(office)
            plan_and_consent(office)
    with transaction.atomic():
        # Queued before the reports, so that one worker loads while another draws.
        _go_on(following[0] if following else "1")
        if quarter in OLDER:
            _close(quarter, office)
    return _("%(quarter)s is loaded.") % {"quarter": quarter}


def _close(quarter: str, office: Office) -> None:
    period = Period.objects.get(label=quarter)
    if period.status == Period.Status.CLOSED:
        return
    services.close_period(period_id=period.pk, by=office.officer, at=moment(day=period.end + CLOSED_AFTER, minutes=130, key=quarter))


def _issue(progress: Progress, turn: int) -> str:
    """Issue what is ready of the older quarters; look again in a job at the end of the queue while others are still being made."""
    office = Office()
    reports = Report.objects.filter(period__label__in=OLDER, is_interim=False).select_related("period", "job")
    failed = reports.filter(status=Report.Status.FAILED).first()
    if failed:
        raise ReportFailed(f"{failed}: {failed.job.message}")
    for report in reports.filter(status=Report.Status.READY).order_by("period__first", "id"):
        at = moment(day=report.period.end + CLOSED_AFTER + ISSUED_AFTER, minutes=350, key=str(report))
        services.review_report(report_id=report.pk, by=office.officer, at=at - READ_BEFORE)
        services.issue_report(report_id=report.pk, by=office.approver, at=at)
    left, total = reports.exclude(status=Report.Status.ISSUED).count(), reports.count()
    progress.report(done=total - left, total=total, message=gettext_noop("Issuing the reports of earlier quarters"))
    if left == 0:
        check_books_nightly()
        return _("All older quarters are loaded, closed and reported.")
    time.sleep(SECONDS_BETWEEN_LOOKS)
    with transaction.atomic():
        _go_on(str(turn + 1))
    return _("%(left)s reports are still being made.") % {"left": left}


def _go_on(step: str) -> None:
    jobs.enqueue(kind=JOB_KIND, key=_key(step), arguments={"step": step}, at=clock.now())


def _key(step: str) -> str:
    return f"demonstration:{step}"


def _change_an_account(office: Office) -> None:
    """Leave one change of an account waiting for the approver."""
    recipient, day = office.recipients["KS-VC-03"], date(2026, 11, 18)
    if PayeeAccount.objects.filter(recipient=recipient, proposed_at__date__gte=day).exists() or day > TODAY:
        return
    refused = propose_account(
        recipient_id=recipient.pk, channel="AGENT", institution="Agent in Saen Monourom", account_name="SOK CHAN", account_number="012 000 111",
        reason="The treasurer asks for cash.", by=office.officer, at=moment(day=day - timedelta(days=6), minutes=200, key="account"),
    )  # fmt: skip
    decide_account(
        account_id=refused.pk, approve=False, reason="A private person's name: the committee's own account is needed.",
        by=office.approver, at=moment(day=day - timedelta(days=5), minutes=200, key="account"),
    )  # fmt: skip
    propose_account(
        recipient_id=recipient.pk, channel="BANK", institution="ACLEDA", account_name=recipient.name.upper(), account_number="000 519 774",
        reason="The committee moved from its wallet to a bank.", by=office.officer, at=moment(day=day, minutes=200, key="account"),
    )  # fmt: skip
