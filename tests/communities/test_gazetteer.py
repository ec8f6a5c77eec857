"""The gazetteer: places with codes and names in two scripts, found as people write them, ended and succeeded, never deleted."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from communities.registry import services
from communities.registry.gazetteer import above, level_of
from communities.registry.importers.places import parse_places
from communities.registry.models import Place, PlaceName, Village
from communities.registry.queries import places_named, villages_in
from communities.registry.refusals import WrongValue
from core.audit.models import AuditRecord
from core.imports import NotWaiting
from core.people.access import NotYours
from core.people.models import Role
from tests.constraints.test_credits_rules import refused, run
from tests.revenue.credits_office import AT, officer, person

pytestmark = pytest.mark.django_db
LIST = """code,name,name_km,other_names,valid_from,valid_to,successor
11,Mondul Kiri,មណ្ឌលគិរី,Mondulkiri,,,
1101,Kaev Seima,កែវសីមា,Keo Seima;Keo Sema,,,
110101,Chong Phlah,ចុងផ្លាស់,,,,
11010101,Pu Haiaem,ពូហៃអែម,,,,
"""


def imported(text: str = LIST, *, as_of: date = date(2025, 1, 1)) -> int:
    made, _parsed = services.preview_places(content=text.encode(), name="p.csv", source="MEF 2025", as_of=as_of, by=officer(), at=AT)
    return services.accept_places(import_run_id=made.pk, by=officer(), at=AT)


def test_a_list_becomes_places_with_level_source_and_first_day() -> None:
    assert imported() == 4
    district = Place.objects.get(code="1101")
    assert (district.level, district.name, district.source, district.valid_from, district.valid_to) == (
        "DISTRICT", "Kaev Seima", "MEF 2025", date(2025, 1, 1), None,
    )  # fmt: skip
    assert '"created":4' in AuditRecord.objects.get(act="places.import").content


@pytest.mark.parametrize("text", ["Keo Seima", "keo  sema", "Kaev Seima", "កែវសីមា", "១១០១"])
def test_a_place_is_found_by_its_alias_either_script_and_its_code(text: str) -> None:
    imported()
    assert Place.objects.get(code="1101") in places_named(text)
    assert not places_named("Nowhere").exists()


def test_a_village_of_the_register_is_found_by_how_people_write_its_district() -> None:
    imported()
    village = Village.objects.create(code="11010101", name="Pu Haiaem", commune="Chong Phlah", district="Kaev Seima", province="Mondul Kiri")
    assert list(villages_in("Keo Seima")) == [village]
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    assert "Pu Haiaem" in client.get(reverse("admin:registry_village_changelist"), {"q": "Keo Seima"}).content.decode()
    assert "Kaev Seima" in client.get(reverse("admin:registry_place_changelist"), {"q": "Keo Seima"}).content.decode()
    page = client.get(reverse("admin:registry_place_change", args=[Place.objects.get(code="1101").pk])).content.decode()
    assert "Keo Sema" in page and "Mondul Kiri" in page


def test_the_same_list_again_adds_nothing_and_leaves_out_nothing() -> None:
    imported()
    assert imported(LIST + "12,Phnom Penh,ភ្នំពេញ,,,,\n") == 1
    with pytest.raises(NotWaiting):
        services.accept_places(import_run_id=_last_run(), by=officer(), at=AT)
    assert (Place.objects.count(), PlaceName.objects.count()) == (5, 3)
    imported("code,name\n12,Phnom Penh\n")
    assert Place.objects.filter(valid_to=None).count() == 5, "absence from a list is no merger"


def test_a_merger_keeps_what_was_and_names_its_successor() -> None:
    imported(LIST + "11010102,Old Village,,,,,\n")
    merged = "code,name,valid_to,successor\n11010102,Old Village,1/7/2025,11010101\n"
    assert imported(merged) == 0
    assert imported(merged.replace("1/7/2025", "2025-07-01")) == 0
    old = Place.objects.get(code="11010102")
    assert (old.valid_to, old.successor) == (date(2025, 7, 1), Place.objects.get(code="11010101"))
    assert imported("code,name\n11010102,New Village\n", as_of=date(2026, 1, 1)) == 1
    assert Place.objects.filter(code="11010102").count() == 2, "an old code given to a new place hides neither"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("12,X,,,,1/7/2026,99", "The successor 99 of 12 is not in the gazetteer."),
        ("12,X,,,,2/1/2024,12", "The successor 12 of 12 is not in the gazetteer."),
    ],
)
def test_a_successor_that_is_nowhere_is_refused_and_nothing_is_kept(line: str, sentence: str) -> None:
    with pytest.raises(WrongValue, match=sentence):
        imported(f"{LIST}{line}\n")
    assert not Place.objects.exists()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("110,X y,,,,,\nabc,X,,,,,", "code"),
        ("0506140-,X,,,,,", "code"),
        ("11,,,,,,", "name"),
        ("11,X,,,2/1/2025,1/1/2025,", "valid_to"),
        ("11,X,,,,,12", "successor"),
        ("11,X,,,,,\n11,X,,,,,", "code"),
    ],
)
def test_each_line_that_cannot_be_read_is_named(line: str, column: str) -> None:
    parsed = parse_places(content=f"code,name,name_km,other_names,valid_from,valid_to,successor\n{line}\n".encode(), filename="p.csv")
    assert [error.column for error in parsed.errors] == [column]


def test_a_zero_that_a_spreadsheet_dropped_is_put_back() -> None:
    parsed = parse_places(content="code,name\n1,Banteay Meanchey\n1020101,Ou Thum\n០២,Battambang\n".encode(), filename="p.csv")
    assert [(row.code, row.level) for row in parsed.rows] == [("01", "PROVINCE"), ("01020101", "VILLAGE"), ("02", "PROVINCE")]
    assert (level_of("011"), level_of("x1"), above("11010101")) == ("", "", ["11", "1101", "110101"])


def test_another_spelling_is_added_once_and_by_officers() -> None:
    imported()
    place = Place.objects.get(code="1101")
    for _again in range(2):
        services.add_name(place_id=place.pk, name=" Kev Seima ", by=officer(), at=AT)
    assert place in places_named("kev seima")
    assert AuditRecord.objects.filter(act="place.add_name").count() == 1
    with pytest.raises(NotYours):
        services.add_name(place_id=place.pk, name="X", by=person(Role.AUDITOR), at=AT)
    with pytest.raises(WrongValue):
        services.add_name(place_id=place.pk, name="  ", by=officer(), at=AT)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE registry_place SET code = '110' WHERE code = '11'", "place_code_has_its_level"),
        ("UPDATE registry_place SET level = 'VILLAGE' WHERE code = '11'", "place_code_has_its_level"),
        ("UPDATE registry_place SET valid_to = valid_from WHERE code = '11'", "place_ends_after_it_begins"),
        ("UPDATE registry_place SET successor_id = (SELECT min(id) FROM registry_place) WHERE code = '1101'", "place_successor_of_one_that_ended"),
        ("UPDATE registry_place SET successor_id = id, valid_to = valid_from + 1 WHERE code = '1101'", "place_successor_of_one_that_ended"),
        (
            "INSERT INTO registry_place (code, level, name, name_km, valid_from, source) SELECT code, level, name, '', valid_from, '' FROM registry_place",
            "place_once_in_force",
        ),
        ("INSERT INTO registry_placename (place_id, name) SELECT place_id, name FROM registry_placename", "place_name_once"),
        ("UPDATE registry_placename SET name = ''", "place_name_not_empty"),
    ],
)
def test_the_database_refuses(statement: str, rule: str) -> None:
    imported()
    with refused(rule):
        run(statement)


def _last_run() -> int:
    from core.models import ImportRun

    return ImportRun.objects.latest("id").pk
