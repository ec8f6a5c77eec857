"""Village plans and consents of the demonstration's communities, through the services that officers and liaisons use. Everything is invented."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final
from uuid import UUID
from zlib import crc32

from django.db import transaction

from communities.consent import services
from communities.consent.models import Consent, VillagePlan
from communities.registry.models import Recipient
from config.demonstration.acts import form_key, moment
from config.demonstration.office import Office
from config.demonstration.receipts import attendance_image
from core.people.models import User
from revenue.sharing.models import Beneficiary, PlanVersion

YEARS: Final = (2026, 2027)
ASKED_ON, MET_ON = date(2025, 11, 12), date(2026, 1, 14)
# Activity, purpose, and riel for each year in hundred thousands.
ACTIVITIES: Final = (
    ("អណ្តូង និងស្នប់ទឹក", "community_development", (180, 120)),
    ("ល្បាតព្រៃសហគមន៍", "forest_protection", (45, 45)),
)
# One project's communities have planned so far; all have been asked for their consent.
PLANNED_IN: Final = "keo-seima"
# One community has not been asked, one refused, one withdrew: what every programme has to be able to show.
NOT_ASKED, REFUSED, WITHDREW = "TR-CF-14", "SC-VC-14", "PL-CPA-05"
# Plans that still wait: one draft on the liaison's phone, one before the office.
DRAFTED, SENT = "KS-VC-16", "KS-VC-17"


def plan_and_consent(office: Office) -> None:
    """Let each community plan and consent to its project's plan in force, once; what is there already is left."""
    planned = set(VillagePlan.objects.values_list("recipient_id", flat=True))
    asked = set(Consent.objects.values_list("recipient_id", flat=True))
    versions = {one.project_id: one for one in PlanVersion.objects.filter(status="APPROVED", effective_to=None).select_related("project")}
    members = Beneficiary.objects.filter(recipient__kind__in=Recipient.COMMUNITY_KINDS, to_date=None).select_related("recipient", "project")
    for member in members.order_by("recipient__code"):
        community, liaison = member.recipient, office.logger(member.recipient.code)
        version = versions.get(member.project_id)
        with transaction.atomic():
            if community.pk not in planned and member.project.code == PLANNED_IN:
                _plan(community, liaison, office, member.project.name)
            if community.pk not in asked and version is not None and community.code != NOT_ASKED:
                _consent(community, liaison, office, version)


def _plan(community: Recipient, liaison: User, office: Office, place: str) -> None:
    at = moment(day=MET_ON, minutes=120, key=community.code)
    plan = services.begin_plan(
        recipient_id=community.pk, title=f"ផែនការភូមិ {YEARS[0]}–{YEARS[1]}", first_year=YEARS[0], last_year=YEARS[1], by=liaison, at=at
    )
    size = 70 + crc32(community.code.encode()) % 60
    for activity, purpose, budget in ACTIVITIES:
        for year, hundred_thousands in zip(YEARS, budget, strict=True):
            services.add_line(
                plan_id=plan.pk, activity=activity, purpose=purpose, year=year, currency="KHR", amount_minor=hundred_thousands * size * 1000,
                by=liaison, at=at,
            )  # fmt: skip
    if community.code == DRAFTED:
        return
    women, men = _came(community.code)
    at += timedelta(days=2)
    services.send_plan(plan_id=plan.pk, met_on=MET_ON, women=women, men=men, minutes=_minutes(place, MET_ON.isoformat()), by=liaison, at=at)
    if community.code != SENT:
        services.decide_plan(plan_id=plan.pk, approve=True, reason="", by=office.officer, at=at + timedelta(days=6))


def _consent(community: Recipient, liaison: User, office: Office, version: PlanVersion) -> None:
    if community.code == REFUSED:
        _say(community, liaison, office, version, Consent.Kind.REFUSED, ASKED_ON, "សហគមន៍ចង់ដឹងជាមុនថាចំណែករបស់ខ្លួនគណនាដូចម្ដេច។")
        return
    _say(community, liaison, office, version, Consent.Kind.GIVEN, ASKED_ON, "")
    if community.code == WITHDREW:
        _say(community, liaison, office, version, Consent.Kind.WITHDRAWN, date(2026, 11, 9), "ព្រំប្រទល់ដែលបានសន្យាមិនទាន់បោះបង្គោល។")


def _say(community: Recipient, liaison: User, office: Office, version: PlanVersion, kind: str, on: date, reason: str) -> None:
    women, men = _came(community.code)
    at = moment(day=on, minutes=240, key=f"{community.code}{kind}")
    said = services.record_consent(
        client_key=_key(community.code, kind), recipient_id=community.pk, plan_version_id=version.pk, kind=kind, happened_on=on,
        said_by="អង្គប្រជុំភូមិ", women=women, men=men, spoken_language="ខ្មែរ", reason=reason,
        document=_minutes(version.project.name, on.isoformat()), by=liaison, at=at,
    )  # fmt: skip
    if kind != Consent.Kind.WITHDRAWN:
        services.decide_consent(consent_id=said.pk, confirm=True, remark="", by=office.officer, at=at + timedelta(days=5))


def _key(code: str, kind: str) -> UUID:
    return form_key(key=f"consent:{code}:{kind}")


def _came(code: str) -> tuple[int, int]:
    return 18 + crc32(code.encode()) % 31, 14 + crc32(code[::-1].encode()) % 27


@cache
def _minutes(place: str, day: str) -> tuple[bytes, str, str]:
    """Return the minutes of a project's meetings: one drawing for all, since drawing takes longest."""
    drawn = attendance_image(key=f"minutes:{place}:{day}", topic="Minutes of the meeting", place=place, day=day, women=31, men=24)
    return drawn, "image/jpeg", f"minutes-{day}.jpg"
