"""The same content gives the same bytes of PDF: in another clone, folder, locale and time zone, on every Python the product runs on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden import papers

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", papers.NAMES)
def test_a_paper_has_the_bytes_that_were_written_down(name: str) -> None:
    # They were written down on one Python; the suite runs this on another, too. New on purpose: python -m tests.golden.papers
    assert hashlib.sha256(papers.drawn(name)).hexdigest() == json.loads(papers.FILE.read_text())[name]


def test_another_folder_locale_and_time_zone_change_nothing(tmp_path: Path) -> None:
    for folder in ("core", "reports", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    elsewhere = {
        **os.environ, "LANG": "C", "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path),
    }  # fmt: skip
    program = "import hashlib; from tests.golden import papers; print(hashlib.sha256(papers.drawn('report km')).hexdigest())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == json.loads(papers.FILE.read_text())["report km"]
