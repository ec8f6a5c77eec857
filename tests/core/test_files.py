"""An upload is what its bytes are, whatever it is called; it is kept once and handed out safely."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from core import files
from core.files import NotAcceptable

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def _picture(kind: str = "JPEG", size: tuple[int, int] = (20, 20), **more: bool) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_photo_is_known_by_its_bytes(kind: str, media_type: str) -> None:
    assert files.read_photo(upload=io.BytesIO(_picture(kind)))[1] == media_type


def test_a_telephones_jpeg_with_a_second_picture_behind_it_is_a_photo() -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (10, 10))])
    assert files.read_photo(upload=io.BytesIO(out.getvalue()))[1] == "image/jpeg"


@pytest.mark.parametrize("data", [b"this is a text", b"<svg onload=alert(1)>", b"%PDF-1.7 no photo", _picture()[:40], _picture("GIF")])
def test_what_is_no_photo_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(NotAcceptable, match="Choose a JPEG"):
        files.read_photo(upload=io.BytesIO(data))


def test_a_photo_of_fifty_megabytes_is_refused_before_it_is_opened() -> None:
    with pytest.raises(NotAcceptable, match="larger than 12 MB"):
        files.read_photo(upload=io.BytesIO(b"\xff" * (50 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("kind", "size", "more"),
    [("JPEG", (10_000, 6_000), {}), ("PNG", (5_000, 4_000), {}), ("WEBP", (5_000, 4_000), {}), ("JPEG", (5_000, 4_000), {"progressive": True})],
)
def test_a_picture_with_too_many_pixels_is_refused(kind: str, size: tuple[int, int], more: dict[str, bool]) -> None:
    with pytest.raises(NotAcceptable, match="pixels"):
        files.read_photo(upload=io.BytesIO(_picture(kind, size, **more)))


def test_a_telephones_photo_of_fifty_megapixels_is_taken() -> None:
    assert files.read_photo(upload=io.BytesIO(_picture("JPEG", (8_160, 6_120))))[1] == "image/jpeg"


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(NotAcceptable, match="empty"):
        files.read_document(upload=io.BytesIO(b""))


def test_a_document_is_a_pdf_or_a_photo() -> None:
    assert files.read_document(upload=io.BytesIO(b"%PDF-1.7"))[1] == "application/pdf"
    with pytest.raises(NotAcceptable, match="neither"):
        files.read_document(upload=io.BytesIO(b"PK\x03\x04"))


@pytest.mark.django_db
def test_the_same_bytes_are_kept_once() -> None:
    first = files.store(data=b"abc", media_type="text/plain", original_name="a.txt", by=None, at=NOW)
    second = files.store(data=b"abc", media_type="text/plain", original_name="b.txt", by=None, at=NOW)
    assert first == second
    assert files.read(first) == b"abc"


@pytest.mark.django_db
def test_a_name_cannot_lead_out_of_the_folder() -> None:
    stored = files.store(data=b"x", media_type="text/plain", original_name="..\\..\\etc/passwd", by=None, at=NOW)
    assert stored.original_name == "passwd"
    assert files.path_of(stored.sha256).name == stored.sha256


@pytest.mark.django_db
def test_what_a_browser_might_run_is_handed_out_as_a_download() -> None:
    stored = files.store(data=b"<script>", media_type="text/html", original_name="a.html", by=None, at=NOW)
    response = files.answer(stored)
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    response.close()
