"""Who may read which report and file."""

from __future__ import annotations

from django.http import Http404

from core.people.access import READERS, may
from reports.models import Report, ReportFile


def report_for(*, person: object, report_id: int) -> Report:
    """
    Fetch a report: issued ones for everybody, the others for who reads the books.

    :raises Http404: if there is none that this person may read
    """
    report = Report.objects.select_related("period", "project", "snapshot", "job").filter(id=report_id).first()
    if report is None or not (report.status == Report.Status.ISSUED or may(person, READERS)):
        raise Http404
    return report


def file_for(*, person: object, file_id: int) -> ReportFile:
    """
    Fetch a rendering of a report that this person may read.

    :raises Http404: if there is none
    """
    found = ReportFile.objects.select_related("file", "report__period", "report__project").filter(id=file_id).first()
    if found is None or not ((found.is_public and found.report.status == Report.Status.ISSUED) or may(person, READERS)):
        raise Http404
    return found
