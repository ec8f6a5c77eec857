"""The IATI file keeps the official schema and code lists, adds up to the report, and names no person."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from reports.render.iati import iati_xml
from tests.golden.snapshot import empty_snapshot, golden_snapshot, programme_snapshot

STANDARD = Path(__file__).parents[1] / "golden" / "iati-2.03"
CODES: dict[str, list[str]] = json.loads((STANDARD / "codes.json").read_text(encoding="utf-8"))
# Which code list rules an attribute of an element, by the standard's own mapping.
RULED = (
    ("transaction/transaction-type", "code", "TransactionType"),
    ("participating-org", "role", "OrganisationRole"),
    ("participating-org", "type", "OrganisationType"),
    ("reporting-org", "type", "OrganisationType"),
    ("transaction/provider-org", "type", "OrganisationType"),
    ("transaction/receiver-org", "type", "OrganisationType"),
    ("activity-status", "code", "ActivityStatus"),
    ("activity-date", "type", "ActivityDateType"),
    ("sector", "code", "Sector"),
    ("sector", "vocabulary", "SectorVocabulary"),
    ("recipient-country", "code", "Country"),
    ("transaction/value", "currency", "Currency"),
    ("description", "type", "DescriptionType"),
)
SNAPSHOTS = {"project": golden_snapshot, "empty": empty_snapshot, "programme": programme_snapshot}


@pytest.fixture(scope="module")
def schema() -> Any:
    return etree.XMLSchema(etree.parse(STANDARD / "iati-activities-schema.xsd"))


def activities(snapshot: dict[str, Any]) -> Any:
    return etree.fromstring(iati_xml(snapshot=snapshot)).findall("iati-activity")


def sums(activity: Any, kind: str) -> int:
    found = activity.xpath(f"transaction[transaction-type/@code='{kind}']/value")
    return int(sum(Decimal(value.text) for value in found) * 100)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_it_is_valid_against_the_official_schema(schema: Any, name: str) -> None:
    schema.assertValid(etree.fromstring(iati_xml(snapshot=SNAPSHOTS[name]())))


def test_the_schema_refuses_what_is_out_of_order(schema: Any) -> None:
    root = etree.fromstring(iati_xml(snapshot=golden_snapshot()))
    activity = root[0]
    activity.append(activity.find("activity-status"))
    assert not schema.validate(root)


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize(("path", "attribute", "codelist"), RULED)
def test_every_code_is_on_its_list(name: str, path: str, attribute: str, codelist: str) -> None:
    found = {element.get(attribute) for activity in activities(SNAPSHOTS[name]()) for element in activity.findall(path)}
    assert found <= set(CODES[codelist])
    assert found or name == "empty" or path == "transaction/provider-org"


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_percentages_of_sectors_add_up_to_a_hundred(name: str) -> None:
    for activity in activities(SNAPSHOTS[name]()):
        assert sum(Decimal(sector.get("percentage")) for sector in activity.findall("sector")) == 100


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_identifiers_are_unique_and_begin_with_the_publisher(name: str) -> None:
    found = [activity.findtext("iati-identifier") for activity in activities(SNAPSHOTS[name]())]
    assert len(set(found)) == len(found) == len(SNAPSHOTS[name]()["scope"]["projects"])
    assert all(identifier.startswith("KH-MOE-") for identifier in found)


def test_disbursements_are_those_paid_in_the_period() -> None:
    snapshot = golden_snapshot()
    (activity,) = activities(snapshot)
    period = snapshot["period"]
    paid = [row for row in snapshot["disbursements"] if row["paid_on"] and period["first"] <= row["paid_on"] < period["end"]]
    assert sums(activity, "3") == sum(row["amount_minor"] for row in paid) > 0
    references = activity.xpath("transaction[transaction-type/@code='3']/@ref")
    assert references == [row["reference"] for row in paid]


def test_expenditure_and_incoming_funds_are_the_headlines_own() -> None:
    snapshot = golden_snapshot()
    (activity,) = activities(snapshot)
    assert sums(activity, "4") == snapshot["headline"]["period"]["spent_minor"]
    assert sums(activity, "1") == sum(row["gross_minor"] for row in snapshot["receipts"] if row["in_period"]) > 0
    assert sums(activity, "11") == snapshot["headline"]["period"]["sold_minor"]


def test_commitments_are_what_was_allocated_to_pots() -> None:
    snapshot = golden_snapshot()
    (activity,) = activities(snapshot)
    lines = [line for run in snapshot["allocations"] for line in run["lines"] if line["kind"] == "pot"]
    assert sums(activity, "2") == sum(line["amount_minor"] for line in lines) > 0


def test_references_are_unique_within_an_activity() -> None:
    for activity in activities(programme_snapshot()):
        references = activity.xpath("transaction/@ref")
        assert len(set(references)) == len(references)


def test_a_programmes_transactions_are_each_in_one_project() -> None:
    snapshot = programme_snapshot()
    found = activities(snapshot)
    assert len(found) > 1
    assert sum(sums(activity, "4") for activity in found) == sum(row["amount_minor"] for row in snapshot["spending"])


def test_every_title_and_description_is_in_khmer_too() -> None:
    (activity,) = activities(golden_snapshot())
    for tag in ("title", "description"):
        assert [one.get("{http://www.w3.org/XML/1998/namespace}lang") for one in activity.find(tag)] == [None, "km"]


def test_demonstration_data_says_so_in_its_title() -> None:
    snapshot = golden_snapshot()
    assert "demonstration" in activities(snapshot)[0].findtext("title/narrative")
    snapshot["demonstration"] = False
    assert "demonstration" not in activities(snapshot)[0].findtext("title/narrative")


def test_no_training_topic_and_no_complaint_is_published() -> None:
    snapshot = golden_snapshot()
    text = iati_xml(snapshot=snapshot).decode()
    assert all(row["topic"]["en"] not in text for row in snapshot["training"])
    assert all(row["sentence"]["en"] not in text for row in snapshot["exceptions"])


def test_what_xml_cannot_hold_is_left_out_and_markup_is_text(schema: Any) -> None:
    snapshot = golden_snapshot()
    snapshot["scope"]["projects"][0]["name"] = {"en": "A\x00\x0b<b>&\ufffe", "km": "ក<"}
    root = etree.fromstring(iati_xml(snapshot=snapshot))
    schema.assertValid(root)
    assert root.findtext("iati-activity/title/narrative").startswith("A<b>& (")


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert iati_xml(snapshot=golden_snapshot()) == iati_xml(snapshot=json.loads(json.dumps(golden_snapshot())))
