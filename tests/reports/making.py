"""Reports made quickly: real snapshots, and files that stand for the slow ones where a test is not about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import jobs
from reports.models import Report
from reports.services import building


class QuickFiles:
    """Take the place of the renderings: counts what was rendered, and fails where a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.before: Callable[[str], None] = lambda _what: None
        for name in ("render_pdf", "render_xlsx", "render_csv_zip"):
            monkeypatch.setattr(building, name, self._renderer(name.removeprefix("render_")))

    def _renderer(self, kind: str) -> Callable[..., bytes]:
        def render(*, snapshot: dict[str, Any], language: str = "en") -> bytes:
            what = f"{kind} {language}"
            self.before(what)
            self.made.append(what)
            return f"{what} {snapshot['scope']['level']} {snapshot['period']['label']} v{snapshot['version']}".encode()

        return render


def make(report: Report) -> Report:
    """Do the report's job in this process, as a worker would, and return the report as it is then."""
    jobs.run(job_id=report.job_id)
    return Report.objects.select_related("snapshot", "job").get(id=report.pk)
