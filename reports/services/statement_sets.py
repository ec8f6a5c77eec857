"""The statements of all communities for a period: frozen in one moment, one task each, merged once."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from communities.registry.models import Recipient
from core import clock, files, jobs
from core.audit.services import record
from core.jobs import Progress
from core.models import Job
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports import signing
from reports.models import Period, SetStatement, StatementSet
from reports.periods import parse_period
from reports.render.statement import file_name, merge_statements, render_statement
from reports.services.asking import local_day, period_row
from reports.services.moment import one_moment
from reports.services.papers import verify_address
from reports.services.refusals import NotReady
from reports.snapshot.statement import freeze_statements

SET_KIND: Final = "statement_set"
STATEMENT_KIND: Final = "statement"
MERGE_KIND: Final = "statement_merge"
Status = StatementSet.Status


@transaction.atomic
def ask_statement_set(*, period: str, by: User, at: datetime) -> StatementSet:
    """
    Ask for the statements of all communities that ever had a share, for a period such as "2026".

    :raises NotAPeriod: if the text names no period
    :raises NotReady: if the period has not begun, there is no community, or such a set is being made
    """
    require_role(person=by, roles=OFFICERS)
    span = parse_period(period)
    if span.first > local_day(at):
        raise NotReady(_("%(period)s has not begun.") % {"period": span}, field="period", next_step=_("Choose a period that has."))
    if not _communities().exists():
        raise NotReady(_("There is no community to make a statement for."), next_step=_("Record who takes part first."))
    row = Period.objects.select_for_update().get(id=period_row(span=span).pk)
    if StatementSet.objects.filter(period=row).exclude(status=Status.READY).exists():
        raise NotReady(_("The statements of %(period)s are being made.") % {"period": row}, next_step=_("Their progress is on the page."))
    number = (StatementSet.objects.filter(period=row).aggregate(highest=Max("number"))["highest"] or 0) + 1
    key = f"statement-set:{row.label}:{number}"
    job = Job.objects.create(kind=SET_KIND, key=key, arguments={}, created_at=at, asked_by=by)
    made = StatementSet.objects.create(period=row, number=number, job=job, asked_by=by, asked_at=at)
    Job.objects.filter(id=job.pk).update(arguments={"set_id": made.pk})
    transaction.on_commit(lambda: jobs.send(job.pk))
    record(act="statements.ask", subject=key, by=by, at=at)
    return made


def _communities() -> Any:
    return Recipient.objects.filter(beneficiaries__isnull=False).distinct()


@jobs.kind(SET_KIND, gettext_lazy("Preparing the statements of all communities"))
def freeze_set(*, progress: Progress, set_id: int) -> str:
    """Freeze every statement in one moment, and queue a task for each; all of it or nothing."""
    of = StatementSet.objects.select_related("period").get(id=set_id)
    progress.report(done=0, total=1, message=gettext_noop("Reading the books"))
    with one_moment():
        end = min(of.period.end, local_day(of.asked_at) + timedelta(days=1))
        recipients = dict(_communities().values_list("code", "id"))
        frozen = freeze_statements(
            recipient_ids=list(recipients.values()), label=of.period.label, first=of.period.first, end=end, at=of.asked_at,
            verify_address=verify_address(),
        )  # fmt: skip
        # Compare-and-set: a worker that lost its lease meanwhile made nothing.
        if StatementSet.objects.filter(id=set_id, status=Status.FREEZING).update(status=Status.DRAWING) != 1:
            return _("The statements are frozen already.")
        at = clock.now()
        tasks = Job.objects.bulk_create(
            [Job(kind=STATEMENT_KIND, key=f"statement:{set_id}:{code}", arguments={}, created_at=at, asked_by=of.asked_by) for code in frozen]
        )
        rows = SetStatement.objects.bulk_create(
            [
                SetStatement(of=of, position=position, recipient_id=recipients[code], text=one.text, sha256=one.sha256, job=job)
                for position, ((code, one), job) in enumerate(zip(frozen.items(), tasks, strict=True))
            ]
        )
        for row in rows:
            row.job.arguments = {"statement_id": row.pk}
        Job.objects.bulk_update(tasks, ["arguments"], batch_size=500)
        transaction.on_commit(partial(_send_all, [job.pk for job in tasks]))
    return _("%(count)s statements are being drawn.") % {"count": len(frozen)}


def _send_all(job_ids: list[int]) -> None:
    for job_id in job_ids:
        jobs.send(job_id)


@jobs.kind(STATEMENT_KIND, gettext_lazy("Making a community statement"))
def draw_statement(*, progress: Progress, statement_id: int) -> str:
    """
    Draw one statement, signed where the settings name a certificate, and claim the merge if it was the last.

    :raises CannotSign: if the settings name a certificate that cannot be used
    """
    row = SetStatement.objects.select_related("of__period").get(id=statement_id)
    progress.report(done=0, total=1)
    if row.pdf_id is None:
        content = json.loads(row.text)
        signer = signing.identity(at=clock.now())
        data = _signed(render_statement(content=content, is_signed=signer is not None), signer, f"Statement: {row}")
        with transaction.atomic():
            # A signature differs each time: where another drew it meanwhile, no second file is kept.
            if SetStatement.objects.select_for_update().get(id=statement_id).pdf_id is None:
                stored = files.store(data=data, media_type="application/pdf", original_name=file_name(content=content), by=None, at=clock.now())
                SetStatement.objects.filter(id=statement_id).update(pdf=stored)
    # Looked at after the row is committed: of two that finish at once, the later one sees that none is left.
    _merge_if_last(row.of_id)
    return _("One statement is drawn.")


@transaction.atomic
def _merge_if_last(set_id: int) -> None:
    if SetStatement.objects.filter(of=set_id, pdf=None).exists():
        return
    # Whoever changes the row has claimed the merge: there is no second.
    if StatementSet.objects.filter(id=set_id, status=Status.DRAWING).update(status=Status.MERGING) == 1:
        job = jobs.enqueue(kind=MERGE_KIND, key=f"statement-set:{set_id}:merge", arguments={"set_id": set_id}, at=clock.now())
        StatementSet.objects.filter(id=set_id).update(merge_job=job)


@jobs.kind(MERGE_KIND, gettext_lazy("Putting the statements together"))
def merge_set(*, progress: Progress, set_id: int) -> str:
    """Put the statements of a set into one zip and one PDF with a bookmark each, in the order of their codes; the PDF is signed as each of them is."""
    of = StatementSet.objects.select_related("period").get(id=set_id)
    rows = list(of.statements.select_related("pdf").order_by("position"))
    contents = [json.loads(row.text) for row in rows]
    progress.report(done=0, total=2, message=gettext_noop("Putting the statements together"))
    zipped = _zip(rows, contents)
    progress.report(done=1, total=2, message=gettext_noop("Putting the statements together"))
    signer = signing.identity(at=clock.now())
    merged = _signed(merge_statements(contents=contents, is_signed=signer is not None), signer, f"Statements: {of}")
    name = f"statements-{of.period.label.replace('..', '_')}-{of.number}"
    with transaction.atomic():
        at = clock.now()
        archive = files.store(data=zipped, media_type="application/zip", original_name=f"{name}.zip", by=None, at=at)
        pdf = files.store(data=merged, media_type="application/pdf", original_name=f"{name}.pdf", by=None, at=at)
        StatementSet.objects.filter(id=set_id, status=Status.MERGING).update(status=Status.READY, zip=archive, pdf=pdf)
    return _("%(count)s statements are ready.") % {"count": len(rows)}


def _signed(pdf: bytes, signer: signing.Identity | None, reason: str) -> bytes:
    """Sign a PDF where the settings name a certificate; the reason is what readers of PDF show, in English."""
    return signing.sign(pdf=pdf, by=signer, at=clock.now(), reason=reason) if signer else pdf


def _zip(rows: list[SetStatement], contents: list[dict[str, Any]]) -> bytes:
    """Pack the PDFs and their frozen texts; the same statements give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for row, content in zip(rows, contents, strict=True):
            assert row.pdf is not None  # nobody claims the merge before
            name = file_name(content=content)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files.read(row.pdf))
            archive.writestr(zipfile.ZipInfo(name.replace(".pdf", ".json"), (1980, 1, 1, 0, 0, 0)), row.text.encode())
    return packed.getvalue()


@transaction.atomic
def retry_statement_set(*, set_id: int, by: User, at: datetime) -> int:
    """
    Put the tasks of a set that failed back in the queue; returns how many.

    :raises NotReady: if none failed
    """
    require_role(person=by, roles=OFFICERS)
    of = StatementSet.objects.get(id=set_id)
    mine = Q(id=of.job_id) | Q(id=of.merge_job_id) | Q(id__in=of.statements.values("job_id"))
    failed = list(Job.objects.filter(mine, state=Job.State.FAILED).values_list("id", flat=True))
    again = sum(jobs.retry(job_id=job_id, at=at) for job_id in failed)
    if not again:
        raise NotReady(_("Nothing of this set has failed."), next_step=_("Wait for it: its progress is on the page."))
    record(act="statements.retry", subject=f"statement-set:{of}", by=by, at=at, after={"tasks": again})
    return again


def progress_of(*, of: StatementSet) -> dict[str, int]:
    """Return how many statements a set has, how many are drawn, and how many tasks failed."""
    counted = of.statements.aggregate(total=Count("id"), drawn=Count("pdf"), failed=Count("id", filter=Q(job__state=Job.State.FAILED)))
    ends = Job.objects.filter(id__in=[pk for pk in (of.job_id, of.merge_job_id) if pk], state=Job.State.FAILED).count()
    return {**counted, "failed": counted["failed"] + ends}
