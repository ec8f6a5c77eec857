"""A demo signs by a certificate that it made itself, once, and that says what it is; one that is named prevails."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from config import certificate
from reports import signing


def name_in(path: str, passphrase: str) -> str:
    _key, found, _others = pkcs12.load_key_and_certificates(Path(path).read_bytes(), passphrase.encode())
    assert found
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.fixture(autouse=True)
def _unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNING_CERTIFICATE", raising=False)


def test_it_is_made_once_for_its_owner_alone_and_is_called_what_it_is(tmp_path: Path) -> None:
    first = certificate.of_demo(tmp_path, {})
    path = Path(first["SIGNING_CERTIFICATE"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert name_in(str(path), first["SIGNING_PASSPHRASE"]).startswith(signing.DEVELOPMENT)
    assert "not for official use" in certificate.NAME
    made = path.read_bytes()
    assert certificate.of_demo(tmp_path, first) == first
    assert path.read_bytes() == made


def test_one_whose_passphrase_was_forgotten_is_made_anew(tmp_path: Path) -> None:
    first = certificate.of_demo(tmp_path, {})
    second = certificate.of_demo(tmp_path, {})
    assert name_in(second["SIGNING_CERTIFICATE"], second["SIGNING_PASSPHRASE"])
    assert second["SIGNING_PASSPHRASE"] != first["SIGNING_PASSPHRASE"]


def test_the_one_that_the_environment_names_prevails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_CERTIFICATE", "/srv/ministry.p12")
    monkeypatch.setenv("SIGNING_PASSPHRASE", "theirs")
    assert certificate.of_demo(tmp_path, {}) == {"SIGNING_CERTIFICATE": "/srv/ministry.p12", "SIGNING_PASSPHRASE": "theirs"}
    assert list(tmp_path.iterdir()) == []
