"""
An issued report as IATI 2.03: an activity a project, and the transactions of the period.

The order of elements is the XSD's own; codes are those of the standard's code lists (TransactionType, OrganisationRole,
OrganisationType, ActivityStatus, ActivityDateType, Sector). Bodies are named, never households or people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from xml.etree import ElementTree as Xml

from core.money import EXPONENTS, Money

Json = Mapping[str, Any]
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
VERSION: Final = "2.03"
LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
COUNTRY: Final = "KH"
# The programme publishes under this name until it is registered as a publisher and has an identifier of its own.
REPORTING: Final = "KH-MOE"
GOVERNMENT, LOCAL_GOVERNMENT, NATIONAL_NGO, COUNTRY_NGO, PRIVATE, ACADEMIC = "10", "11", "22", "24", "70", "80"
ACCOUNTABLE, IMPLEMENTING = "2", "4"
INCOMING_FUNDS, OUTGOING_COMMITMENT, DISBURSEMENT, EXPENDITURE, INCOMING_COMMITMENT = "1", "2", "3", "4", "11"
IMPLEMENTATION, ACTUAL_START = "2", "2"
FORESTRY: Final = "31220"
# OECD-DAC purposes: biosphere protection, rural development, multisector education and training.
SECTORS: Final = {"forest_protection": "41020", "community_development": "43040", "training": "43081"}
RECEIVERS: Final = {"commune": LOCAL_GOVERNMENT, "ranger_unit": GOVERNMENT, "partner": NATIONAL_NGO, "training_provider": ACADEMIC}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One movement: what kind, when, how much (minor units), and between whom."""

    reference: str
    kind: str
    on: str
    money: Money
    description: Json
    provider: tuple[Json, str] | None = None
    receiver: tuple[Json, str] | None = None


def iati_xml(*, snapshot: Json, reporting: str = REPORTING) -> bytes:
    """
    Write the activities of a snapshot, in UTF-8; the same snapshot gives the same bytes.

    ``reporting`` is the publisher's own identifier, with which every activity's identifier begins.
    """
    root = Xml.Element("iati-activities", {"version": VERSION, "generated-datetime": snapshot["frozen_at"]})
    for project in snapshot["scope"]["projects"]:
        _activity(root, snapshot, project, reporting)
    Xml.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(Xml.tostring(root, encoding="utf-8")) + b"\n"


def _activity(root: Xml.Element, snapshot: Json, project: Json, reporting: str) -> None:
    activity = Xml.SubElement(
        root, "iati-activity", {"default-currency": snapshot["currency"], "last-updated-datetime": snapshot["frozen_at"], LANGUAGE: "en"}
    )
    Xml.SubElement(activity, "iati-identifier").text = f"{reporting}-{project['code']}"
    _narrated(activity, "reporting-org", snapshot["authority"], ref=reporting, type=GOVERNMENT)
    _narrated(activity, "title", _title(snapshot, project))
    _narrated(activity, "description", _description(snapshot), type="1")
    _narrated(activity, "participating-org", project["host_authority"], role=ACCOUNTABLE, type=GOVERNMENT)
    if project["proponent"]["en"]:
        _narrated(activity, "participating-org", project["proponent"], role=IMPLEMENTING, type=NATIONAL_NGO)
    Xml.SubElement(activity, "activity-status", {"code": IMPLEMENTATION})
    Xml.SubElement(activity, "activity-date", {"type": ACTUAL_START, "iso-date": _began(snapshot, project)})
    Xml.SubElement(activity, "recipient-country", {"code": COUNTRY, "percentage": "100"})
    for code, percentage in _sectors(snapshot):
        Xml.SubElement(activity, "sector", {"vocabulary": "1", "code": code, "percentage": percentage})
    for transaction in _transactions(snapshot, project["code"]):
        _transaction(activity, transaction)


def _title(snapshot: Json, project: Json) -> Json:
    if not snapshot["demonstration"]:
        return dict(project["name"])
    return {
        "en": f"{project['name']['en']} (demonstration data: the amounts are invented)",
        "km": f"{project['name']['km'] or project['name']['en']} (ទិន្នន័យសាកល្បង)",
    }


def _description(snapshot: Json) -> Json:
    label = snapshot["period"]["label"]
    return {
        "en": f"Reinvestment of forest carbon revenue in forest protection, community development and training; transactions of {label}.",
        "km": f"ការវិនិយោគឡើងវិញនូវប្រាក់កាបូនព្រៃឈើ ក្នុងការការពារព្រៃឈើ ការអភិវឌ្ឍសហគមន៍ និងការបណ្តុះបណ្តាល ក្នុង {label}។",
    }


def _began(snapshot: Json, project: Json) -> str:
    days = [row["first"] for row in snapshot["plans"] if row["project"] == project["code"]]
    days += [row["date"] for row in snapshot["sales"] if row["project"] == project["code"]]
    return str(min(days, default=snapshot["period"]["first"]))


def _sectors(snapshot: Json) -> list[tuple[str, str]]:
    """Return the purposes' sectors with whole percentages that add up to 100; forestry where purposes cannot be told apart."""
    sums: dict[str, int] = {}
    for row in snapshot["by_purpose"]:
        code = SECTORS.get(row["purpose"])
        if code and row["to_date"]["allocated_minor"] > 0:
            sums[code] = sums.get(code, 0) + row["to_date"]["allocated_minor"]
    whole = sum(sums.values())
    if not whole or len(snapshot["scope"]["projects"]) > 1:
        return [(FORESTRY, "100")]
    floors = {code: 100 * part // whole for code, part in sums.items()}
    by_claim = sorted(sums, key=lambda code: (-(100 * sums[code] % whole), code))
    for code in by_claim[: 100 - sum(floors.values())]:
        floors[code] += 1
    return [(code, str(floors[code])) for code in sorted(floors) if floors[code]]


def _transactions(snapshot: Json, project: str) -> Iterator[Transaction]:
    yield from _sold(snapshot, project)
    yield from _received(snapshot, project)
    yield from _allocated(snapshot, project)
    yield from _paid(snapshot, project)
    yield from _spent(snapshot, project)


def _sold(snapshot: Json, project: str) -> Iterator[Transaction]:
    for row in snapshot["sales"]:
        if row["project"] == project and row["in_period"] and row["status"] != "cancelled" and row["amount_minor"]:
            money, buyer = Money(row["amount_minor"], row["currency"]), (row["buyer"], PRIVATE)
            yield Transaction(row["reference"], INCOMING_COMMITMENT, row["date"], money, _said("Credits sold", "ឥណទានបានលក់"), provider=buyer)


def _received(snapshot: Json, project: str) -> Iterator[Transaction]:
    buyers = {row["reference"]: row["buyer"] for row in snapshot["sales"]}
    for row in snapshot["receipts"]:
        if row["project"] == project and row["in_period"] and row["gross_minor"]:
            money = Money(row["gross_minor"], snapshot["currency"])
            buyer = (buyers[row["sale"]], PRIVATE) if row["sale"] in buyers else None
            yield Transaction(row["reference"], INCOMING_FUNDS, row["value_date"], money, _said("Money received", "ប្រាក់បានទទួល"), provider=buyer)


def _allocated(snapshot: Json, project: str) -> Iterator[Transaction]:
    """Yield what each receipt promised to each purpose; who gets how much of it is in the report itself."""
    for run in snapshot["allocations"]:
        if run["project"] != project:
            continue
        sums: dict[tuple[str, str], int] = {}
        for line in run["lines"]:
            if line["kind"] == "pot":
                key = (line["purpose"]["en"], line["purpose"]["km"])
                sums[key] = sums.get(key, 0) + line["amount_minor"]
        for at, ((english, khmer), minor) in enumerate(sorted(sums.items()), start=1):
            if minor:
                said = _said(f"Allocated: {english}", f"បានបែងចែក៖ {khmer or english}")
                yield Transaction(f"{run['receipt']}-A{at}", OUTGOING_COMMITMENT, run["on"], Money(minor, snapshot["currency"]), said)


def _paid(snapshot: Json, project: str) -> Iterator[Transaction]:
    period, kinds = snapshot["period"], {row["code"]: row["kind"] for row in snapshot["by_recipient"]}
    for row in snapshot["disbursements"]:
        if row["project"] == project and row["paid_on"] and period["first"] <= row["paid_on"] < period["end"]:
            money = Money(row["amount_minor"], snapshot["currency"])
            receiver = (row["recipient_name"], RECEIVERS.get(kinds.get(row["recipient"], ""), COUNTRY_NGO))
            yield Transaction(row["reference"], DISBURSEMENT, row["paid_on"], money, row["purpose_title"], receiver=receiver)


def _spent(snapshot: Json, project: str) -> Iterator[Transaction]:
    """Yield what each body spent on each kind of thing: single purchases name villagers, so they stay in the report's evidence."""
    projects = {row["code"]: row["project"] for row in snapshot["by_recipient"]}
    last = (date.fromisoformat(snapshot["period"]["end"]) - timedelta(days=1)).isoformat()
    only = len(snapshot["scope"]["projects"]) == 1
    for row in snapshot["spending"]:
        if row["amount_minor"] and (only or projects.get(row["recipient"]) == project):
            reference = f"{snapshot['period']['label']}-{row['recipient']}-{row['category']}"
            yield Transaction(reference, EXPENDITURE, last, Money(row["amount_minor"], snapshot["currency"]), row["title"])


def _transaction(activity: Xml.Element, row: Transaction) -> None:
    made = Xml.SubElement(activity, "transaction", {"ref": row.reference})
    Xml.SubElement(made, "transaction-type", {"code": row.kind})
    Xml.SubElement(made, "transaction-date", {"iso-date": row.on})
    value = Xml.SubElement(made, "value", {"currency": row.money.currency, "value-date": row.on})
    value.text = f"{row.money.major():.{EXPONENTS[row.money.currency]}f}"
    _narrated(made, "description", row.description)
    for tag, organisation in (("provider-org", row.provider), ("receiver-org", row.receiver)):
        if organisation:
            _narrated(made, tag, organisation[0], type=organisation[1])


def _said(english: str, khmer: str) -> Json:
    return {"en": english, "km": khmer}


def _narrated(parent: Xml.Element, tag: str, text: Json, **attributes: str) -> None:
    """Add an element that says something in English, and in Khmer where there is Khmer."""
    element = Xml.SubElement(parent, tag, attributes)
    Xml.SubElement(element, "narrative").text = _clean(text["en"])
    if text["km"]:
        Xml.SubElement(element, "narrative", {LANGUAGE: "km"}).text = _clean(text["km"])


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return _NOT_XML.sub("", text)
