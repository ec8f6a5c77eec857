"""
Look into a PDF that a stranger sent: ``python -m reports.verification.reader < FILE``. Prints JSON; knows no database and no settings.

It runs as a process of its own with little memory and time, so that a file made to burst or to go round in circles
ends this process and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import json
import resource
import sys
from typing import Any, Final

MEMORY: Final = 512 * 1024 * 1024
SECONDS: Final = 10
MOST_SIGNATURES: Final = 5
LARGEST_ATTACHMENT: Final = 100 * 1024 * 1024
ATTACHMENTS: Final = ("snapshot.json", "statement.json", "statements.json", "annex.json", "voucher.json", "payments.json")


def main() -> None:
    """Read a PDF from standard input, and print what is attached to it and who signed it."""
    _limit()
    data = sys.stdin.buffer.read()
    print(json.dumps({"attached": attached(data), "signatures": signatures(data)}))  # noqa: T201


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def attached(data: bytes) -> dict[str, str]:
    """
    Return the sha256 of each attachment that papers of ours carry.

    :raises pikepdf.PdfError: if it is no PDF
    """
    import pikepdf

    found: dict[str, str] = {}
    with pikepdf.open(io.BytesIO(data)) as document:
        for name in ATTACHMENTS:
            if name in document.attachments:
                content = document.attachments[name].get_file().read_bytes()
                if len(content) <= LARGEST_ATTACHMENT:
                    found[name] = hashlib.sha256(content).hexdigest()
    return found


def signatures(data: bytes) -> list[dict[str, Any]]:
    """Judge each signature by itself: whether it is whole, and whether it covers the whole file. Whose it may be is for the caller to say."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    found = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
    return [_judged(one) for one in found[:MOST_SIGNATURES]]


def _judged(embedded: Any) -> dict[str, Any]:
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    certificate = embedded.signer_cert
    # The certificate stands for itself: which one is the organisation's, its fingerprint tells, not a list of authorities.
    status = validate_pdf_signature(embedded, ValidationContext(trust_roots=[certificate], allow_fetching=False))
    subject = certificate.subject.native
    signed_at = embedded.self_reported_timestamp
    unchanged = status.coverage == SignatureCoverageLevel.ENTIRE_FILE and status.modification_level == ModificationLevel.NONE
    return {
        "name": subject.get("common_name") or certificate.subject.human_friendly,
        "organisation": subject.get("organization_name") or "",
        "certificate_sha256": hashlib.sha256(certificate.dump()).hexdigest(),
        "signed_at": signed_at.isoformat() if signed_at else "",
        "certificate_begins": certificate.not_valid_before.isoformat(),
        "certificate_ends": certificate.not_valid_after.isoformat(),
        "is_whole": bool(status.intact and status.valid and unchanged),
    }


if __name__ == "__main__":
    main()
