"""Tell by e-mail, once, who asked to be told that a report was issued."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from core import clock, jobs
from core.audit.services import record
from core.jobs import Progress
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports.models import Notice, Report, Subscriber
from reports.services.refusals import NotASubscription
from reports.words import own_name
from revenue.credits.models import Project

logger = logging.getLogger(__name__)

NOTICE_KIND: Final = "notices"
CONFIRM: Final = "reports.confirm"
LEAVE: Final = "reports.leave"
# A link that confirms is good so long; the same address is written to once in so long; strangers are so many an hour.
CONFIRM_WITHIN: Final = timedelta(days=7)
ASK_AGAIN_AFTER: Final = timedelta(days=1)
MOST_AN_HOUR: Final = 60
MOST_ATTEMPTS: Final = 5
# Whoever claimed a notice and did not finish it in this time was killed: it may have gone out.
LOST_AFTER: Final = timedelta(minutes=15)


def subscribe(*, email: str, language: str, project_code: str, at: datetime) -> None:
    """
    Ask to be told; a link sent to the address confirms it. Says nothing about who is subscribed already.

    :raises NotASubscription: if this is no address, there is no such project, or too many ask at once
    """
    project, address = _checked(email=email, language=language, project_code=project_code)
    if Subscriber.objects.filter(entered_by=None, confirmed_at=None, asked_at__gt=at - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise NotASubscription(_("Too many people ask at this moment."), next_step=_("Try again in an hour."))
    with transaction.atomic():
        row, created = Subscriber.objects.get_or_create(email=address, project=project, defaults={"language": language, "asked_at": at})
        waits = row.confirmed_at is None or row.left_at is not None
        lately = Q(asked_at__gt=at - ASK_AGAIN_AFTER)
        write = created or (waits and Subscriber.objects.filter(id=row.pk).exclude(lately).update(asked_at=at, language=language) == 1)
        if write:
            record(act="subscriber.ask", subject=f"subscriber:{row.pk}", by=None, at=at)
    if not write:
        return
    try:
        _ask_to_confirm(row, language)
    except OSError:  # the mail server, or the way to it
        # The asker is told nothing, or a stranger could tell who is subscribed; the office's logs say it, and asking again writes again.
        logger.exception("The e-mail that asks subscriber %s to confirm could not be sent", row.pk)
        Subscriber.objects.filter(id=row.pk).update(asked_at=at - ASK_AGAIN_AFTER)


@transaction.atomic
def enter_subscriber(*, email: str, language: str, project_code: str, by: User, at: datetime) -> Subscriber:
    """
    Enter an address whose owner asked an officer for it; it need not be confirmed.

    :raises NotASubscription: if this is no address, or it is there already
    """
    require_role(person=by, roles=OFFICERS)
    project, address = _checked(email=email, language=language, project_code=project_code)
    row = Subscriber.objects.select_for_update().filter(email=address, project=project).first()
    if row and row.confirmed_at and row.left_at is None:
        raise NotASubscription(_("This address is subscribed already."), field="email")
    if row and row.left_at:
        raise NotASubscription(
            _("The owner of this address left."), field="email", next_step=_("Only they can subscribe it again, on the public page.")
        )
    row = row or Subscriber(email=address, project=project)
    row.language, row.entered_by, row.asked_at, row.confirmed_at = language, by, at, at
    row.save()
    record(act="subscriber.enter", subject=f"subscriber:{row.pk}", by=by, at=at)
    return row


def _checked(*, email: str, language: str, project_code: str) -> tuple[Project | None, str]:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotASubscription(_("This is no e-mail address."), field="email") from error
    project = Project.objects.filter(code=project_code).first() if project_code else None
    if (project_code and project is None) or language not in ("en", "km"):
        raise NotASubscription(_("There is no such project or language."), field="project")
    return project, address


def subscriber_of(*, token: str, purpose: str) -> Subscriber:
    """
    Return whom a link belongs to; ``purpose`` is CONFIRM or LEAVE.

    :raises NotASubscription: if the link was not made here, or confirms too late
    """
    try:
        found = signing.loads(token, salt=purpose, max_age=CONFIRM_WITHIN if purpose == CONFIRM else None)
        return Subscriber.objects.get(id=found)
    except (signing.BadSignature, Subscriber.DoesNotExist) as error:
        raise NotASubscription(_("This link is no longer good."), next_step=_("Ask again on the page of published reports.")) from error


@transaction.atomic
def confirm_subscriber(*, token: str, at: datetime) -> Subscriber:
    """Confirm an address by the link that was sent to it; twice is once."""
    row = subscriber_of(token=token, purpose=CONFIRM)
    if Subscriber.objects.filter(Q(confirmed_at=None) | Q(left_at__isnull=False), id=row.pk).update(confirmed_at=at, left_at=None):
        record(act="subscriber.confirm", subject=f"subscriber:{row.pk}", by=None, at=at)
    return row


@transaction.atomic
def leave(*, token: str, at: datetime) -> Subscriber:
    """Stop telling an address, by the link in each e-mail; twice is once."""
    row = subscriber_of(token=token, purpose=LEAVE)
    if Subscriber.objects.filter(id=row.pk, left_at=None).update(left_at=at):
        record(act="subscriber.leave", subject=f"subscriber:{row.pk}", by=None, at=at)
    return row


# --- telling -----------------------------------------------------------------------------------------------------------------
def announce(*, report: Report, at: datetime) -> None:
    """Note whom an issued report is told to, each once, and queue the sending. Within the caller's transaction."""
    about = Q(project=None) | Q(project=report.project) if report.project else Q(project=None)
    told = Subscriber.objects.filter(about, confirmed_at__isnull=False, left_at=None).order_by("id")
    by_address = {subscriber.email: subscriber for subscriber in told}
    Notice.objects.bulk_create([Notice(report=report, subscriber=one) for one in by_address.values()], ignore_conflicts=True)
    if by_address:
        jobs.enqueue(kind=NOTICE_KIND, key=f"notices:{report.pk}", arguments={"report_id": report.pk}, at=at)


@jobs.kind(NOTICE_KIND, gettext_lazy("Telling subscribers of a report"))
def send_notices(*, progress: Progress, report_id: int) -> str:
    """Send what waits of a report's notices. A sender that does not answer leaves the rest to the next look."""
    waiting = list(Notice.objects.filter(report_id=report_id, state=Notice.State.WAITING).order_by("id").values_list("id", flat=True))
    for done, notice_id in enumerate(waiting):
        progress.report(done=done, total=len(waiting), message=gettext_noop("Sending e-mails"))
        send_notice(notice_id=notice_id)
    sent = Notice.objects.filter(report_id=report_id, state=Notice.State.SENT).count()
    return _("%(count)s e-mails are sent.") % {"count": sent}


def send_notice(*, notice_id: int) -> bool:
    """
    Claim a notice and send it; returns whether this call sent it.

    Refused by the mail server it waits for another try, a few times. Lost in the middle it is never sent again.
    """
    at = clock.now()
    claimed = Notice.objects.filter(id=notice_id, state=Notice.State.WAITING).update(
        state=Notice.State.SENDING, claimed_at=at, attempts=F("attempts") + 1
    )
    if claimed != 1:
        return False
    notice = Notice.objects.select_related("report__period", "report__project", "subscriber").get(id=notice_id)
    mine = Notice.objects.filter(id=notice_id, state=Notice.State.SENDING, attempts=notice.attempts)
    if notice.subscriber.left_at:
        mine.update(state=Notice.State.FAILED, message="Left before it was sent.")
        return False
    try:
        _tell(notice)
    except OSError as error:  # the mail server, or the way to it: nothing went out
        over = notice.attempts >= MOST_ATTEMPTS
        mine.update(state=Notice.State.FAILED if over else Notice.State.WAITING, message=str(error)[:300])
        return False
    return mine.update(state=Notice.State.SENT, sent_at=clock.now(), message="") == 1


def sweep_notices(*, at: datetime) -> int:
    """Give up what a killed sender left, and send what still waits; returns how many were sent."""
    lost = Notice.objects.filter(state=Notice.State.SENDING, claimed_at__lt=at - LOST_AFTER)
    lost.update(state=Notice.State.FAILED, message="Its sender was lost: it may have gone out, and is not sent again.")
    waiting = Notice.objects.filter(state=Notice.State.WAITING).order_by("attempts", "id").values_list("id", flat=True)[:200]
    return sum(send_notice(notice_id=notice_id) for notice_id in waiting)


def _tell(notice: Notice) -> None:
    report, subscriber = notice.report, notice.subscriber
    with translation.override(subscriber.language):
        about = own_name(report.project.name, report.project.name_km) if report.project else _("The whole programme")
        subject = _("Report %(period)s: %(about)s") % {"period": report.period, "about": about}
        text = _corrected_text() if report.version > 1 else _issued_text()
        leave_link = _link("reports:leave", subscriber, LEAVE)
        address = settings.PUBLIC_URL + reverse("reports:report", args=[report.pk])
        body = "\n\n".join([text, address, _("To receive no more of these e-mails:"), leave_link])
    headers = {"List-Unsubscribe": f"<{leave_link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    EmailMessage(subject, body, to=[subscriber.email], headers=headers).send()


def _ask_to_confirm(row: Subscriber, language: str) -> None:
    with translation.override(language):
        subject, text = _("Please confirm: reports of the programme"), _confirm_text()
    EmailMessage(subject, f"{text}\n\n{_link('reports:confirm', row, CONFIRM)}", to=[row.email]).send()


def _link(name: str, row: Subscriber, purpose: str) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[signing.dumps(row.pk, salt=purpose)])


def _confirm_text() -> str:
    return _("Somebody asked that this address be told when reports are issued. If it was you, open this link within a week and confirm it.")


def _issued_text() -> str:
    return _("A reinvestment report was issued. Its figures, its files and how to verify them are here:")


def _corrected_text() -> str:
    return _("A corrected reinvestment report was issued; it says what changed. Its figures, its files and how to verify them are here:")
