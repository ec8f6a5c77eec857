"""Names in Khmer order, sorted by the database."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from communities.registry.models import Assignment, Recipient, RecipientVillage, Village
from communities.spending import phone_queries
from core.ordering import by_own_name
from core.people.models import Role
from tests.communities.village import TODAY, person
from tests.communities.village import Village as Scene

pytestmark = pytest.mark.django_db
# As ICU's Khmer collation has them; by code points កោះ would stand before កំពង់, and ឧដុង្គ after them all.
IN_ORDER = ["កក់", "កុកឡាក់", "កំពង់", "កិះចុង", "កោះ", "ក្រពើ", "ក្រពុំឈូក", "ខេត្ត", "ឃុំ ១", "ឃុំ ២", "ចំការ", "រលួស", "រលាំងចក", "ឧដុង្គ", "អែង", "អំពិល"]


@pytest.fixture
def names() -> list[str]:
    for at, name in enumerate(sorted(IN_ORDER)):
        Recipient.objects.create(code=f"r-{at}", name=f"{99 - at}", name_km=name, kind=Recipient.Kind.VILLAGE_COMMITTEE)
    assert sorted(IN_ORDER) != IN_ORDER
    return IN_ORDER


def test_khmer_names_stand_in_khmer_order_on_khmer_pages(names: list[str]) -> None:
    with translation.override("km"):
        assert list(Recipient.objects.order_by(*by_own_name()).values_list("name_km", flat=True)) == names


def test_who_has_no_khmer_name_stands_by_the_other_one(names: list[str]) -> None:
    Recipient.objects.create(code="b", name="Beta", kind=Recipient.Kind.VILLAGE_COMMITTEE)
    Recipient.objects.create(code="a", name="alpha", kind=Recipient.Kind.VILLAGE_COMMITTEE)
    with translation.override("km"):
        assert list(Recipient.objects.order_by(*by_own_name()).values_list("code", flat=True))[:2] == ["a", "b"]


def test_a_page_of_the_list_is_cut_out_of_the_sorted_whole(names: list[str]) -> None:
    with translation.override("km"):
        assert [row.name_km for row in Recipient.objects.order_by(*by_own_name())[4:9]] == names[4:9]


def test_other_readers_see_the_latin_names_in_order(names: list[str]) -> None:
    with translation.override("en"):
        assert list(Recipient.objects.order_by(*by_own_name()).values_list("name", flat=True)) == [str(n) for n in range(100 - len(names), 100)]


def test_the_offices_list_is_sorted_by_its_khmer_column(names: list[str], client: Client) -> None:
    client.force_login(person("officer", Role.FINANCE_OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    column = client.get("/admin/registry/recipient/").context["cl"].list_display.index("khmer_name")
    for direction, expected in (("", names), ("-", names[::-1])):
        found = client.get("/admin/registry/recipient/", {"o": f"{direction}{column}"}).context["cl"].result_list
        assert [row.name_km for row in found] == expected


def test_the_lists_of_the_phone_and_of_the_complaint_page_are_in_khmer_order(client: Client) -> None:
    scene = Scene()
    for one, name in ((scene.pu_char, "កោះ"), (scene.other, "កំពង់")):
        Recipient.objects.filter(pk=one.pk).update(name_km=name)
        village = Village.objects.create(code=f"1101010{one.pk % 10}", name=one.code, name_km=name, commune="C", district="D", province="P")
        RecipientVillage.objects.create(recipient=one, village=village, from_date=TODAY)
        RecipientVillage.objects.create(
            recipient=Recipient.objects.create(code=f"second-{one.pk}", name="Second", kind=Recipient.Kind.VILLAGE_COMMITTEE),
            village=village,
            from_date=TODAY,
        )
    Assignment.objects.get_or_create(person=scene.liaison, recipient=scene.other, defaults={"from_date": TODAY})
    with translation.override("km"):
        assert [row["name_km"] for row in phone_queries.work_of(person=scene.liaison, on=TODAY)["recipients"]] == ["កំពង់", "កោះ"]
    page = client.get("/complaints/").content.decode()
    assert 0 < page.index(">កំពង់") < page.index(">កោះ")
    assert page.count(">កំពង់") == 1
