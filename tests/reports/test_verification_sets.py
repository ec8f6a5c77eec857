"""The statements on the notice boards are verified like reports: each by its code and its file, and the whole set."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core import files, jobs
from reports import services
from reports.models import StatementSet
from reports.verification.judge import judge_code, judge_file
from reports.verification.verdict import Answer
from tests.flows.programme import AFTER, SmallProgramme

pytestmark = pytest.mark.django_db


def made(programme: SmallProgramme, *, later: timedelta = timedelta()) -> StatementSet:
    asked = services.ask_statement_set(period="2026", by=programme.officer, at=AFTER + later)
    jobs.run(job_id=asked.job_id)
    asked.refresh_from_db()
    for job_id in asked.statements.order_by("position").values_list("job_id", flat=True):
        jobs.run(job_id=job_id)
    asked.refresh_from_db()
    assert asked.merge_job_id
    jobs.run(job_id=asked.merge_job_id)
    asked.refresh_from_db()
    return asked


def test_a_statement_of_a_set_is_known_by_code_and_file_and_names_the_newer_one() -> None:
    programme = SmallProgramme()
    programme.allocate(programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    first = made(programme)
    row = first.statements.select_related("pdf").get(recipient__code="pu-char")
    assert row.pdf
    assert first.pdf
    assert first.zip
    verdict = judge_code(code=row.sha256[:16])
    assert verdict.answer == Answer.KNOWN
    assert verdict.issued
    assert verdict.issued.title == "pu-char 2026"
    data = files.read(row.pdf)
    assert judge_file(data=data).is_genuine
    assert judge_file(data=data + b" ").answer == Answer.CHANGED
    for whole in (first.pdf, first.zip):
        assert judge_file(data=files.read(whole)).is_genuine
    made(programme, later=timedelta(days=1))
    newer = judge_file(data=data).issued
    assert newer
    assert newer.newer
    assert newer.newer.issued_on == AFTER.date() + timedelta(days=1)
