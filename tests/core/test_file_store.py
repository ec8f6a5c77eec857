"""Files in an S3-compatible store, held against a real one: SeaweedFS, which a package brings."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from communities.spending.pictures import small_jpeg
from communities.spending.services import uploads
from config import environment
from core import files, stores
from core.audit.checks import files_are_what_was_stored
from core.models import StoredFile
from core.people.models import Role, User
from tests.communities.village import Village, photo

NOW = datetime(2026, 10, 1, tzinfo=UTC)
WEED = Path(sys.executable).with_name("weed")
KEY, SECRET, BUCKET = "forest", "only-for-this-test", "evidence"
SETTINGS = {"FILES_S3_BUCKET": BUCKET, "FILES_S3_KEY": KEY, "FILES_S3_SECRET": SECRET, "FILES_S3_PREFIX": "of/the programme"}
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the package that brings the server has it for Linux only")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _ports(count: int) -> list[int]:
    """Return free ports: each part of the server is given both of its own, since it would take the second 10,000 above."""
    taken = [socket.socket() for _one in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in taken]
    finally:
        for one in taken:
            one.close()


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the store for the tests of this file, with one key that may use it; return its address."""
    folder = tmp_path_factory.mktemp("store")
    who = {"name": KEY, "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin", "Read", "Write", "List"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [who]}))
    names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"]
    ports = dict(zip(names, _ports(len(names)), strict=True))
    command = [
        str(WEED), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={folder / 's3.json'}",
        "-master.volumeSizeLimitMB=32", "-volume.max=4",
        "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    address = f"http://127.0.0.1:{ports['s3.port']}"
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as server:
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.kill()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _turn in range(300):
        assert server.poll() is None, "the store stopped"
        if _status(address) == 403:
            return
        time.sleep(0.1)
    pytest.fail("the store does not answer")


def _status(address: str) -> int:
    try:
        with _direct.open(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def _use(settings: Any, endpoint: str, **further: str) -> None:
    named = {**SETTINGS, "FILES_S3_ENDPOINT": endpoint, **further}
    settings.STORAGES = {**settings.STORAGES, "default": environment.file_store(named)}
    settings.FILES_LINK_SECONDS = environment.link_seconds(named)


@pytest.fixture
def store(endpoint: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Any:
    """Have files lie in the store, in an empty bucket; nothing may be written to the disk."""
    monkeypatch.setitem(os.environ, "NO_PROXY", "127.0.0.1")
    settings.MEDIA_ROOT = tmp_path / "must stay empty"
    _use(settings, endpoint)
    with suppress(default_storage.connection.meta.client.exceptions.BucketAlreadyOwnedByYou):  # type: ignore[attr-defined]
        default_storage.connection.create_bucket(Bucket=BUCKET)  # type: ignore[attr-defined]
    default_storage.bucket.objects.all().delete()  # type: ignore[attr-defined]
    yield default_storage
    assert not settings.MEDIA_ROOT.exists()


def _kept(data: bytes = b"%PDF-1.7 minutes", name: str = "កំណត់ហេតុ.pdf") -> StoredFile:
    return files.store(data=data, media_type="application/pdf", original_name=name, by=None, at=NOW)


def test_bytes_are_kept_under_their_hash_and_read_back(store: Any) -> None:
    stored = _kept()
    assert _kept() == stored
    assert files.read(stored) == b"%PDF-1.7 minutes"
    assert [one.key for one in store.bucket.objects.all()] == [f"of/the programme/{stored.sha256[:2]}/{stored.sha256}"]


def test_what_is_kept_is_never_written_over(store: Any) -> None:
    stored = _kept()
    store.bucket.Object(f"of/the programme/{stores.name_of(stored.sha256)}").put(Body=b"changed")
    _kept()
    assert files.read(stored) == b"changed", "verify_audit has to see it: it is not healed in silence"
    assert "other bytes" in next(files_are_what_was_stored())


def test_the_audit_reads_the_store_and_names_what_is_gone(store: Any) -> None:
    stored = _kept()
    assert list(files_are_what_was_stored()) == []
    store.delete(stores.name_of(stored.sha256))
    assert len(list(files_are_what_was_stored())) == 1
    with pytest.raises(FileNotFoundError):
        files.read(stored)


def test_a_small_picture_is_drawn_from_the_store_and_kept_there(store: Any) -> None:
    stored = files.store(data=photo(size=(900, 600)), media_type="image/jpeg", original_name="a.jpg", by=None, at=NOW)
    assert files.read_small(stored) is None
    small = small_jpeg(stored)
    files.keep_small(stored=stored, data=small)
    assert files.read_small(stored) == small
    assert store.exists(f"small/{stores.name_of(stored.sha256)}")


def test_only_a_signed_link_opens_an_object_and_only_for_its_minutes(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    response = files.answer(_kept())
    link = response["Location"]
    assert (response.status_code, response["Cache-Control"]) == (302, "private, no-store")
    with _direct.open(link, timeout=10) as answer:
        assert answer.read() == b"%PDF-1.7 minutes"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("inline; filename*=utf-8''%E1%9E%80")
    assert _status(link.split("?")[0]) == 403, "without a signature"
    assert _status(link.replace("X-Amz-Expires=300", "X-Amz-Expires=86400")) == 403, "nobody lengthens it"
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_a, **_k: datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=301))
    assert _status(files.answer(_kept())["Location"]) == 403, "after five minutes"


def test_a_link_is_made_after_looking_at_the_session_and_the_village(store: Any) -> None:
    village = Village()
    evidence = village.log().evidence.get()
    address = f"/evidence/{evidence.pk}/"
    client = Client()
    assert client.get(address)["Location"].startswith("/login/")
    client.force_login(User.objects.create_user("stranger", full_name="S", role=Role.LIAISON), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code == 404
    client.force_login(village.liaison, backend="django.contrib.auth.backends.ModelBackend")
    assert _status(client.get(address)["Location"]) == 200
    assert client.get(f"{address}small/")["Content-Type"] == "image/jpeg", "small copies we hand out ourselves: a phone may keep them"


def test_without_links_the_application_hands_the_bytes_out(store: Any, endpoint: str, settings: Any) -> None:
    stored = _kept()
    _use(settings, endpoint, FILES_LINK_SECONDS="0")
    response: Any = files.answer(stored)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 minutes"
    assert (response.status_code, response["Content-Type"], response["X-Content-Type-Options"]) == (200, "application/pdf", "nosniff")


def test_what_may_not_be_linked_is_handed_out_by_us(store: Any) -> None:
    response: Any = files.answer(_kept(), linked=False)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 minutes"


def test_a_store_that_refuses_us_is_told_as_a_disk_would_be(store: Any, endpoint: str, settings: Any) -> None:
    stored = _kept()
    _use(settings, endpoint, FILES_S3_SECRET="another")
    with pytest.raises(OSError, match="the file store"):
        files.read(stored)
    with pytest.raises(OSError, match="the file store"):
        stores.write_once(name="ab/new", data=b"new")
    assert "cannot be read" in next(files_are_what_was_stored())


def test_a_photo_from_a_phone_arrives_in_the_store(store: Any) -> None:
    village, data = Village(), photo(size=(640, 480))
    sha256 = hashlib.sha256(data).hexdigest()
    for first in range(0, len(data), 1000):
        uploads.receive_part(sha256=sha256, size=len(data), first=first, data=data[first : first + 1000], by=village.liaison, at=NOW)
    ((arrived, media_type, _name),) = uploads.arrived_photos(hashes=[sha256], by=village.liaison)
    assert (hashlib.sha256(arrived).hexdigest(), media_type) == (sha256, "image/jpeg")
    assert store.open(stores.name_of(sha256)).read() == data
