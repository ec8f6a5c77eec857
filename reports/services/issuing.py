"""Review a report and issue it: two people. A report that was issued is corrected by its next version."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import CHECKERS, OFFICERS, require_other_person, require_role
from core.people.models import User
from reports import queries
from reports.models import Report
from reports.services.asking import new_report
from reports.services.notices import announce
from reports.services.refusals import NotReady, ReviewedByYou
from reports.services.signatures import keep_signed

Status = Report.Status
MOST_REASON = 500


@transaction.atomic
def review_report(*, report_id: int, by: User, at: datetime) -> None:
    """
    Say that a draft was read and may be issued; somebody else issues it.

    :raises NotYours: if the person is not a finance officer or approver
    :raises NotReady: if it is interim, superseded, or not a draft that waits for its review
    """
    require_role(person=by, roles=OFFICERS)
    report = _final(report_id)
    reviewed = Report.objects.filter(id=report_id, status=Status.READY).update(status=Status.REVIEWED, reviewed_by=by, reviewed_at=at)
    if reviewed != 1:
        raise NotReady(_("This report is not waiting to be reviewed."), next_step=_("See where it stands."))
    record(act="report.review", subject=f"report:{report}", by=by, at=at, after={"sha256": report.snapshot.sha256 if report.snapshot else ""})


@transaction.atomic
def issue_report(*, report_id: int, by: User, at: datetime) -> None:
    """
    Issue a reviewed report of closed days: from now on the public reads it. It is signed where the settings name a certificate.

    :raises NotYours: if the person is not an approver
    :raises OwnRequest: if the person asked for it
    :raises ReviewedByYou: if the person reviewed it
    :raises NotReady: if it is interim, superseded, not reviewed, or issued already
    :raises CannotSign: if the certificate that the settings name cannot be used
    """
    require_role(person=by, roles=CHECKERS)
    report = _final(report_id)
    require_other_person(person=by, maker_id=report.asked_by_id)
    if report.reviewed_by_id == by.pk:
        raise ReviewedByYou(_("You reviewed this report yourself."), next_step=_("Let another approver issue it."))
    issued = Report.objects.filter(id=report_id, status=Status.REVIEWED).update(status=Status.ISSUED, issued_by=by, issued_at=at)
    if issued != 1 and report.status == Status.READY:
        raise NotReady(_("This report has not been reviewed."), next_step=_("Let an officer read it first."))
    if issued != 1:
        raise NotReady(_("This report is not waiting to be issued."), next_step=_("See where it stands."))
    signed_by = keep_signed(report=report, at=at)
    sha256 = report.snapshot.sha256 if report.snapshot else ""
    announce(report=report, at=at)
    record(act="report.issue", subject=f"report:{report}", by=by, at=at, after={"sha256": sha256, "signed_by": signed_by})


def _final(report_id: int) -> Report:
    # Locked: it is not issued while its successor is being asked for.
    report = Report.objects.select_for_update(of=("self",)).select_related("period", "project", "snapshot").get(id=report_id)
    if report.is_interim:
        raise NotReady(_("An interim report is not issued."), next_step=_("Once its days are closed, ask for it again: that one can be issued."))
    if queries.successor_of(report=report) is not None:
        raise NotReady(_("A next version replaces this report."), next_step=_("Look at that one."))
    return report


@transaction.atomic
def restate_report(*, report_id: int, reason: str, by: User, at: datetime) -> Report:
    """
    Ask for the next version of a report of closed days: it counts late and correcting entries where they belong, and lists what changed.

    The one it replaces stays as it is, and says that it is superseded.

    :raises NotYours: if the person is not a finance officer or approver
    :raises NotReady: if it is interim, has no figures yet, or has a next version already
    """
    require_role(person=by, roles=OFFICERS)
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON:
        raise NotReady(_("A corrected report says why it was made."), field="reason", next_step=_("Say it in a sentence or two."))
    report = _final(report_id)
    if report.snapshot is None:
        raise NotReady(_("This report has no figures yet."), next_step=_("Wait until it is made."))
    return new_report(period=report.period, project=report.project, by=by, at=at, is_interim=False, replaces=report, reason=reason)
