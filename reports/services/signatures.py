"""Sign what is issued."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import override

from core import files
from reports import signing
from reports.models import Report, ReportFile
from reports.services.kept import keep


def keep_signed(*, report: Report, at: datetime) -> str:
    """
    Keep a signed copy beside each PDF of a report; return the sha256 of the certificate, "" where the settings name none.

    Runs in the issuer's transaction: where nothing can be signed, nothing is issued.

    :raises CannotSign: if the settings name a certificate that cannot be used
    """
    signer = signing.identity(at=at)
    if signer is None:
        return ""
    with override("en"):  # what readers of PDF show as the reason
        reason = f"Issued: {report}"
    for row in report.files.filter(format=ReportFile.Format.PDF).select_related("file").order_by("language"):
        signed = signing.sign(pdf=files.read(row.file), by=signer, at=at, reason=reason, stamped=True)
        keep(report=report, kind=ReportFile.Format.SIGNED_PDF, language=row.language, data=signed)
    return signer.sha256
