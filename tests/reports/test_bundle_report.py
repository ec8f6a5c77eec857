"""The seal on a report is that of the books the report was made from."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.audit.models import Seal, Unsealed
from reports.bundle import export_bundle
from reports.periods import parse_quarter
from tests.flows.programme import AFTER, SmallProgramme
from tests.reports.making import QuickFiles, make
from tests.reports.test_bundle import verified

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    QuickFiles(monkeypatch)
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    made = make(programme.close()[0])
    assert made.snapshot is not None
    content: dict[str, Any] = json.loads(made.snapshot.text)
    return content


def test_a_report_prints_the_seal_made_before_it_was_frozen(report: dict[str, Any]) -> None:
    newest = Seal.objects.order_by("-number").first()
    assert newest is not None
    assert (report["seal"]["number"], report["seal"]["root"]) == (newest.number, newest.root)
    # Every posting it reads is under the seal; only the files made of it wait for the next.
    assert not Unsealed.objects.filter(kind="posting").exists()


def test_the_seal_of_a_report_is_found_in_the_bundle_of_its_quarter(report: dict[str, Any], tmp_path: Path) -> None:
    export_bundle(quarter=parse_quarter("2026Q3"), path=tmp_path / "q.zip", at=AFTER)
    status, said = verified(tmp_path / "q.zip", "--root", report["seal"]["root"])
    assert status == 0, said
    assert f"is that of seal {report['seal']['number']}" in said
