"""Every address of the site and of the API, tried as every role, as a suspended person and as nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core.people.models import User
from tests.flows.matrix import API, OFFICE_PAGES, PAGES, Case, office_cases
from tests.flows.scene import Scene, kept_scene, short_menu, signed_in, taken_back

# Not pages: where old addresses lead, and what catches the rest.
NAMELESS = {"admin/login/", "admin/password_change/", "admin/(?P<url>.*)$"}
PEOPLE = {"O": "officer", "A": "approver", "U": "auditor", "D": "administrator", "L": "liaison"}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any, folder: Path) -> Iterator[Scene]:
    with kept_scene(blocker=django_db_blocker, folder=folder) as scene:
        yield scene


@pytest.fixture
def _django_db_helper(kept: Scene, django_db_blocker: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the place of pytest-django's own: it closes the connection, and with it the scene that all tests here share."""
    with taken_back(blocker=django_db_blocker, folder=folder, monkeypatch=monkeypatch):
        yield


@pytest.fixture
def scene(db: None, kept: Scene, folder: Path, settings: Any) -> Scene:
    settings.MEDIA_ROOT = folder
    return kept


def addresses(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name with its namespace, route) of every address."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, route, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern):
            yield (f"{space}{one.name}" if one.name else ""), route


def model_name(model: Any) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def all_cases() -> list[Case]:
    """Return every decision; the office's with the key of a row that is there."""
    found = [*PAGES, *API]
    for model, page in admin.site._registry.items():
        row = page.get_queryset(HttpRequest()).order_by("pk").first()
        if model_name(model) not in OFFICE_PAGES:
            continue  # a test of its own names it
        found += office_cases(model_name(model), OFFICE_PAGES[model_name(model)], str(row.pk if row else 0))
    return found


# --- Nothing is left undecided -----------------------------------------------------------------------------------------


def test_every_address_of_the_site_has_a_decision(scene: Scene) -> None:
    decided = {case.name for case in all_cases()}
    old_addresses = {f"admin/{name.replace('_', '/', 1)}/<path:object_id>/" for name in OFFICE_PAGES}
    found = list(addresses(get_resolver()))
    assert len(found) > 200
    undecided = {name or route for name, route in found if name not in decided and route not in NAMELESS | old_addresses}
    assert not undecided


def test_every_decision_is_about_an_address_that_exists(scene: Scene) -> None:
    names = {name for name, _route in addresses(get_resolver())}
    assert not {case.name for case in all_cases()} - names
    assert set(OFFICE_PAGES) == {model_name(model) for model in admin.site._registry}


def test_every_act_of_the_office_has_a_decision(scene: Scene) -> None:
    for model, page in admin.site._registry.items():
        decided = OFFICE_PAGES[model_name(model)]
        assert {act.name for act in page.acts} == set(decided.acts), model_name(model)
        assert {act.name for act in page.new_acts} == set(decided.new), model_name(model)


def test_the_scene_has_a_row_of_every_kind_the_office_shows(scene: Scene) -> None:
    assert not [model_name(model) for model in admin.site._registry if not model._default_manager.exists()]


# --- Each role tries everything ------------------------------------------------------------------------------------------


@dataclass
class Asker:
    """Somebody who tries every address; what goes otherwise than decided is gathered in ``wrong``."""

    letter: str
    client: Client
    scene: Scene

    def __post_init__(self) -> None:
        self.wrong: list[str] = []
        self.tried = 0

    def try_all(self) -> None:
        for case in all_cases():
            address = reverse(case.name, kwargs=dict(case.arguments(self.scene)))
            self._get(case, address)
            self._post(case, address)

    def _get(self, case: Case, address: str) -> None:
        answer, written = self._asked("get", address)
        if written and not case.is_kept:
            self._note("GET", address, answer, f"wrote {written[0][:80]}")
        if self.letter in case.get:
            if answer.status_code not in case.answers:
                self._note("GET", address, answer, "was to be allowed")
        elif not self._is_refusal(answer, address):
            self._note("GET", address, answer, "was to be refused")

    def _post(self, case: Case, address: str) -> None:
        asks_again = case.sends_nothing and self.letter in case.get
        if asks_again and self.letter != "U":
            return  # the page that was just got; the auditor, who only reads, tries these too
        answer, written = self._asked("post", address)
        if self.letter in case.post:
            if answer.status_code not in (200, 302, 400, 422) or leads_to_sign_in(answer):
                self._note("POST", address, answer, "was to be allowed")
            return
        if written and not case.is_kept:
            self._note("POST", address, answer, f"wrote {written[0][:80]}")
        if not asks_again and not self._is_refusal(answer, address):
            self._note("POST", address, answer, "was to be refused")

    def _asked(self, method: str, address: str) -> tuple[HttpResponseBase, list[str]]:
        """Ask, and take back what the answer wrote: the next question finds the same scene."""
        kept = dict(self.client.cookies)
        written: list[str] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if is_writing(sql):
                written.append(sql)
            return execute(sql, params, many, context)

        with transaction.atomic(), connection.execute_wrapper(watch):
            answer: HttpResponseBase = getattr(self.client, method)(address)
            if hasattr(answer, "streaming_content"):
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        self.client.cookies.clear()
        self.client.cookies.update(kept)
        self.tried += 1
        return answer, written

    def _is_refusal(self, answer: HttpResponseBase, address: str) -> bool:
        if address.startswith("/api/") and address != reverse("api_docs"):
            # A report that is not issued is not there for nobody; everything else asks who it is.
            return answer.status_code in ((401, 404, 405) if self.letter == "N" else (403, 404, 405))
        if answer.status_code in (403, 404, 405):
            # Nobody is asked to sign in and not told what exists; except by pages that only take what is sent.
            return self.letter != "N" or answer.status_code in (404, 405)
        return self.letter == "N" and leads_to_sign_in(answer)

    def _note(self, method: str, address: str, answer: HttpResponseBase, what: str) -> None:
        self.wrong.append(f"{method} {address} {what}: {answer.status_code} {answer.headers.get('Location', '')}")


def leads_to_sign_in(answer: HttpResponseBase) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(("/login/?next=", "/admin/login/?next="))


def is_writing(sql: str) -> bool:
    return sql.startswith(("INSERT", "UPDATE", "DELETE", "COPY")) and "django_session" not in sql


def everything_as(letter: str, person: User | None, scene: Scene) -> Asker:
    asker = Asker(letter, signed_in(person), scene)
    asker.try_all()
    return asker


@pytest.mark.parametrize("letter", [*PEOPLE, "N"])
def test_every_address_answers_each_role_as_decided(scene: Scene, settings: Any, letter: str) -> None:
    short_menu(settings)
    person = getattr(scene, PEOPLE[letter]) if letter in PEOPLE else None
    asker = everything_as(letter, person, scene)
    assert not asker.wrong, "\n".join(asker.wrong)
    assert asker.tried > 500


def test_a_suspended_person_is_nobody_though_still_holding_a_session(scene: Scene) -> None:
    asker = Asker("N", signed_in(scene.suspended), scene)
    User.objects.filter(pk=scene.suspended.pk).update(is_active=False)
    for case in all_cases():
        asker._get(case, reverse(case.name, kwargs=dict(case.arguments(scene))))
    assert not asker.wrong, "\n".join(asker.wrong)


def test_the_office_shows_an_administrator_no_money(scene: Scene) -> None:
    sales, accounts = reverse("admin:credits_sale_changelist"), reverse("admin:registry_payeeaccount_changelist")
    client = signed_in(scene.administrator)
    for address in ("/admin/", "/admin/people/", "/admin/registry/"):
        page = client.get(address).content.decode()
        assert f'href="{sales}' not in page
        assert f'href="{accounts}' not in page
    assert f'href="{sales}' in signed_in(scene.auditor).get("/admin/").content.decode()


def test_the_matrix_notices_a_door_left_open_and_what_was_done_behind_it(scene: Scene) -> None:
    asker = Asker("U", signed_in(scene.officer), scene)
    asker._get(Case("spending:home"), reverse("reports:trace"))
    asker._post(Case("admin:spending_spendingrecord_act"), reverse("admin:spending_spendingrecord_act", args=[scene.logged.pk, "accept"]))
    assert [line.split(" ")[0] for line in asker.wrong] == ["GET", "POST", "POST"]
    assert "wrote" in asker.wrong[1]
    assert "was to be refused: 302" in asker.wrong[2]
