"""A certificate for trying: it signs as a real one does, and says in its name that it is none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

NAME: Final = "Development certificate – not for official use"
FILE: Final = "development-certificate.p12"
# Not from the clock: whatever day a demo plays on lies within.
FIRST: Final = datetime(2020, 1, 1, tzinfo=UTC)
DAYS: Final = 30 * 365


def of_demo(data: Path, before: Mapping[str, str]) -> dict[str, str]:
    """
    Return the settings by which a demo signs: those that the environment names, else a certificate for trying in its data folder.

    That one is made once; ``before`` is what the demo wrote down about itself when it last ran.
    """
    if os.environ.get("SIGNING_CERTIFICATE"):
        return {name: os.environ.get(name, "") for name in ("SIGNING_CERTIFICATE", "SIGNING_PASSPHRASE")}
    path, passphrase = data / FILE, before.get("SIGNING_PASSPHRASE", "")
    if not (passphrase and path.exists()):
        passphrase = secrets.token_urlsafe(24)
        keep_private(path, development_certificate(passphrase=passphrase, first=FIRST))
    return {"SIGNING_CERTIFICATE": str(path), "SIGNING_PASSPHRASE": passphrase}


def keep_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads: whole, or not at all."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
    part.replace(path)


def development_certificate(*, passphrase: str, first: datetime, days: int = DAYS, name: str = NAME) -> bytes:
    """Return a new self-signed certificate with its key, good for so many days from ``first`` on, as PKCS#12."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Forest Dividend demonstration")]
    )
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(first + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"forest", key, certificate, None, serialization.BestAvailableEncryption(passphrase.encode()))
