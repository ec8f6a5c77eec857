"""The command makes a report through the same services as the pages, and says what it wrote."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core import clock
from core.models import Job
from reports.models import Report
from tests.flows.programme import AFTER, SmallProgramme
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(monkeypatch: pytest.MonkeyPatch) -> SmallProgramme:
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    return programme


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


def run(folder: Path, *, project: str = "keo-seima", period: str = "2026Q3", language: str = "km") -> dict[str, Any]:
    out = io.StringIO()
    call_command("make_report", project=project, period=period, language=language, output=folder, json=True, stdout=out)
    return dict(json.loads(out.getvalue()))


def test_it_writes_one_language_with_the_snapshot_and_says_their_hashes(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    made = run(tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "keo-seima-2026Q3-v1-en.json", "keo-seima-2026Q3-v1-en.zip", "keo-seima-2026Q3-v1-km.pdf", "keo-seima-2026Q3-v1-km.xlsx",
    ]  # fmt: skip
    for one in made["files"]:
        assert hashlib.sha256(Path(one["path"]).read_bytes()).hexdigest() == one["sha256"]
    (snapshot,) = [one for one in made["files"] if one["format"] == "JSON"]
    assert snapshot["sha256"] == made["snapshot_sha256"]


def test_all_languages_are_written_unless_one_is_asked_for(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    assert len(run(tmp_path, language="all")["files"]) == 7


def test_a_closed_quarters_report_is_found_again_and_not_made_twice(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    programme.close()
    first, count = run(tmp_path), len(quick.made)
    assert run(tmp_path) == first
    assert (first["is_interim"], len(quick.made)) == (False, count)
    assert Report.objects.filter(project__code="keo-seima").count() == 1


def test_a_report_that_waits_for_a_worker_is_made_here(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    waiting = programme.ask()
    assert run(tmp_path)["version"] == waiting.version
    assert Job.objects.get(id=waiting.job_id).state == Job.State.DONE


def test_a_failed_report_is_tried_again(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    def full(_what: str) -> None:
        raise OSError("no room on the disk")

    quick.before = full
    with pytest.raises(OSError, match="no room"):
        make(programme.ask())
    quick.before = lambda _what: None
    assert run(tmp_path)["status"] == "READY"
    assert Report.objects.count() == 1


def test_an_open_quarter_gives_a_new_interim_report_each_time(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    assert [run(tmp_path)["version"], run(tmp_path)["version"]] == [1, 2]
    assert run(tmp_path)["is_interim"]


def test_after_closing_an_interim_report_is_not_taken_for_the_quarters_own(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    assert run(tmp_path)["is_interim"]
    programme.close()
    assert not run(tmp_path)["is_interim"]


def test_the_programme_has_a_report_of_its_own(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    made = run(tmp_path, project="programme")
    assert made["project"] is None
    assert all(Path(one["path"]).name.startswith("programme-2026Q3") for one in made["files"])


def test_a_report_that_a_worker_has_in_hand_is_left_to_it(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    waiting = programme.ask()
    Job.objects.filter(id=waiting.job_id).update(state=Job.State.RUNNING, lease_until=datetime(2099, 1, 1, tzinfo=UTC), attempts=1)
    with pytest.raises(CommandError, match="worker is making"):
        run(tmp_path)


@pytest.mark.parametrize(("project", "period", "words"), [("nowhere", "2026Q3", "no project"), ("keo-seima", "2026-13", "no calendar has|not a period"), ("keo-seima", "2099Q1", "not begun")])  # fmt: skip
def test_what_cannot_be_made_is_refused_in_words(
    programme: SmallProgramme, quick: QuickFiles, tmp_path: Path, project: str, period: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run(tmp_path, project=project, period=period)


def test_people_read_one_line_a_file(programme: SmallProgramme, quick: QuickFiles, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("make_report", project="keo-seima", period="2026Q3", language="en", output=tmp_path, stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 5
    assert "snapshot sha256" in lines[0]
