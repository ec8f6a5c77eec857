"""
Sign PDFs by the organisation's certificate (PAdES B-B), so that any reader of PDF says who issued them.

Key and certificate lie in a PKCS#12 file that the settings name; neither they nor the passphrase are ever in the
database. The file that is signed stays what it was to the last byte: a signature is written behind it.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from core.refusal import Refused
from reports.render.stamp import stamp_pdf

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

FIELD: Final = "IssuedBy"
Box = tuple[float, float, float, float]  # left, bottom, width, height, in points
# What every certificate made for trying begins with; production does not sign by one.
DEVELOPMENT: Final = "Development certificate"


class CannotSign(Refused):
    """The certificate that the settings name cannot be used."""

    code = "cannot_sign"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs, by which certificate, and how long it is good."""

    name: str
    organisation: str
    sha256: str
    not_before: datetime
    not_after: datetime
    signer: SimpleSigner

    @property
    def is_development(self) -> bool:
        """Whether it was made for trying, and says so itself."""
        return self.name.startswith(DEVELOPMENT)


def is_configured() -> bool:
    """Return whether the settings name a certificate."""
    return bool(settings.SIGNING_CERTIFICATE)


def identity(*, at: datetime) -> Identity | None:
    """
    Return who signs at this moment; None where the settings name no certificate.

    :raises CannotSign: if they name one that cannot be used: missing, another passphrase, not begun, expired, or one for trying in production
    """
    if not is_configured():
        return None
    found = _configured()
    if not found.not_before <= at <= found.not_after:
        days = {"first": found.not_before.date(), "last": found.not_after.date()}
        raise _cannot(_("The signing certificate is good from %(first)s to %(last)s only.") % days)
    if found.is_development and settings.PRODUCTION:
        raise _cannot(_("The signing certificate was made for trying, not for official use."))
    return found


def certificate_sha256() -> str:
    """Return the fingerprint of the certificate that the settings name, expired or not; "" where there is none that opens."""
    try:
        return _configured().sha256 if is_configured() else ""
    except CannotSign:
        return ""


def _configured() -> Identity:
    path = Path(settings.SIGNING_CERTIFICATE)
    try:
        return _load(path, path.stat().st_mtime_ns, settings.SIGNING_PASSPHRASE)
    except OSError as error:
        raise _cannot(_("The signing certificate cannot be read: %(problem)s.") % {"problem": error.strerror}) from error
    except ValueError as error:
        raise _cannot(_("The signing certificate does not open: it is no PKCS#12 file, or its passphrase is another one.")) from error


def _cannot(sentence: str) -> CannotSign:
    return CannotSign(sentence, next_step=_("Nothing was issued. The administrator has to set SIGNING_CERTIFICATE and SIGNING_PASSPHRASE right."))


@lru_cache(maxsize=2)
def _load(path: Path, _written_at: int, passphrase: str) -> Identity:
    """
    Open the file, once as long as it stays the same.

    :raises OSError: if it cannot be read
    :raises ValueError: if it cannot be opened, or holds no key
    """
    from pyhanko.sign.signers import SimpleSigner

    signer = SimpleSigner.load_pkcs12_data(path.read_bytes(), other_certs=[], passphrase=passphrase.encode())
    certificate = signer.signing_cert
    if certificate is None:
        raise ValueError("no certificate")
    subject = certificate.subject.native
    return Identity(
        name=subject.get("common_name") or certificate.subject.human_friendly,
        organisation=subject.get("organization_name") or "",
        sha256=hashlib.sha256(certificate.dump()).hexdigest(),
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        signer=signer,
    )


def sign(*, pdf: bytes, by: Identity, at: datetime, reason: str, stamp: Box | None = None) -> bytes:
    """
    Return the PDF with a signature behind it; its own bytes come first, unchanged, and it stays PDF/A-3b.

    ``stamp`` is the box of the first page in which it shows who signed. The result differs each time.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    class ArchiveWriter(IncrementalPdfFileWriter):
        def ensure_output_version(self, version: tuple[int, int]) -> None:
            """Leave the version alone: PDF/A-3 is a form of PDF 1.7, and a signature would raise it to 2.0."""

    box = (int(stamp[0]), int(stamp[1]), int(stamp[0] + stamp[2]), int(stamp[1] + stamp[3])) if stamp else None
    meta = signers.PdfSignatureMetadata(field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, reason=reason, name=by.name)
    writer = ArchiveWriter(io.BytesIO(pdf))
    with tempfile.NamedTemporaryFile(suffix=".pdf") as shown:
        if stamp:
            shown.write(stamp_pdf(name=by.name, organisation=by.organisation, at=at, certificate=by.sha256))
            shown.flush()
        signer = signers.PdfSigner(
            meta, signer=by.signer, stamp_style=_style(shown.name) if stamp else None,
            new_field_spec=fields.SigFieldSpec(sig_field_name=FIELD, on_page=0, box=box),
        )  # fmt: skip
        signed = signer.sign_pdf(writer)
    data: bytes = signed.getvalue()
    return data


def _style(path: str) -> Any:
    """Return the way pyHanko shows a signature: our own stamp, as large as its box, and nothing of its own around it."""
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
    from pyhanko.stamp import StaticStampStyle

    whole = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0), inner_content_scaling=InnerScaling.STRETCH_FILL
    )
    return StaticStampStyle.from_pdf_file(path, border_width=0, background_layout=whole, background_opacity=1)
