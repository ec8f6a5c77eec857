"""Sign what is issued."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import override

from core import files
from reports import signing
from reports.models import Report, ReportFile
from reports.render import design
from reports.services.kept import keep

# Which copy is kept beside which PDF, and where its first page shows who signed.
SIGNED: Final = {
    ReportFile.Format.PDF: (ReportFile.Format.SIGNED_PDF, design.SIGNATURE),
    ReportFile.Format.ANNEX_PDF: (ReportFile.Format.ANNEX_SIGNED_PDF, design.ANNEX_SIGNATURE),
}


def keep_signed(*, report: Report, at: datetime) -> str:
    """
    Keep a signed copy beside each PDF of an issued report and its annex; return the certificate's sha256, "" where the settings name none.

    Runs in the issuer's transaction: where nothing can be signed, nothing is issued. An annex that is made later is signed then.

    :raises CannotSign: if the settings name a certificate that cannot be used
    """
    signer = signing.identity(at=at)
    if signer is None:
        return ""
    with override("en"):  # what readers of PDF show as the reason
        reason = f"Issued: {report}"
    there = set(report.files.values_list("format", "language"))
    for row in report.files.filter(format__in=SIGNED).select_related("file").order_by("format", "language"):
        kind, box = SIGNED[ReportFile.Format(row.format)]
        if (kind, row.language) not in there:
            signed = signing.sign(pdf=files.read(row.file), by=signer, at=at, reason=reason, stamp=box)
            keep(report=report, kind=kind, language=row.language, data=signed)
    return signer.sha256
