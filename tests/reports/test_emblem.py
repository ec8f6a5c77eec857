"""The ministry's emblem stands on the cover where one is configured, and is part of the report's figures."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from reports.render import render_pdf
from reports.snapshot import emblem
from reports.snapshot.emblem import NoEmblem
from reports.snapshot.emblem import emblem as configured
from tests.golden.snapshot import empty_snapshot


def picture(kind: str = "PNG", size: tuple[int, int] = (90, 60)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, (30, 80, 50, 128) if kind == "PNG" else (30, 80, 50)).save(out, kind)
    return out.getvalue()


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    path = tmp_path / "emblem"
    settings.EMBLEM_FILE = str(path)
    return path


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_picture_is_drawn_on_the_cover_alone_and_the_file_is_still_an_archive(file: Path, kind: str) -> None:
    file.write_bytes(picture(kind))
    content = {**empty_snapshot(), "emblem": configured()}
    pdf = render_pdf(snapshot=content, language="both")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        shown = [[one for one in page.resources.get("/XObject", {}).values() if one.get("/Subtype") == "/Image"] for page in document.pages]
        assert (len(shown[0]), any(shown[1:])) == (1, False)
        assert (shown[0][0].Width, shown[0][0].Height, shown[0][0].ColorSpace) == (90, 60, pikepdf.Name.DeviceRGB)
    assert render_pdf(snapshot=content, language="both") == pdf


def test_without_one_nothing_is_drawn(settings: Any) -> None:
    settings.EMBLEM_FILE = ""
    assert configured() is None


def test_it_is_kept_in_the_figures_byte_for_byte(file: Path) -> None:
    file.write_bytes(picture())
    kept = configured()
    assert kept
    assert base64.b64decode(kept) == picture()


@pytest.mark.parametrize("data", [b"", b"no picture", picture()[:40], b"GIF89a"])
def test_what_is_no_picture_is_said(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(NoEmblem, match="Set EMBLEM_FILE"):
        configured()


def test_one_that_is_missing_or_too_large_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoEmblem, match="cannot be read"):
        configured()
    file.write_bytes(picture())
    monkeypatch.setattr(emblem, "LARGEST", 50)
    with pytest.raises(NoEmblem, match="too large"):
        configured()
