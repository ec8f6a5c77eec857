"""The API's own description: whole, and true to what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from config.wsgi import application
from core.people.models import User
from tests.flows.scene import Scene, kept_scene, signed_in, taken_back

CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance, status_code_conformance]
TOKEN = "t" * 32


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


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep the test's connection open between requests that come in through WSGI."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


def description() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [(f"{method} {path}", one) for path, found in description()["paths"].items() for method, one in found.items()]


def test_the_description_is_made_without_a_warning() -> None:
    description()
    said = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert not said


def test_every_operation_says_how_it_refuses() -> None:
    assert len(operations()) > 24
    for name, operation in operations():
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), name
        assert operation["responses"]["404"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}, name


def test_every_operation_says_what_it_is_for() -> None:
    assert not [name for name, operation in operations() if not operation.get("description")]


def sign_in(person: User) -> dict[str, dict[str, str]]:
    session = signed_in(person).cookies["forest_session"].value
    return {"cookies": {"forest_session": session, "forest_csrf": TOKEN}, "headers": {"X-CSRFToken": TOKEN, "Accept-Encoding": "identity"}}


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["officer", "liaison"])
def test_whatever_is_asked_the_answer_is_as_described(scene: Scene, who: str) -> None:
    access = sign_in(getattr(scene, who))
    schema = schemathesis.openapi.from_dict(json.loads(signed_in(scene.officer).get("/api/schema/?format=json").content))
    schema.app = application
    tried, seen = 0, set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis_settings(
            max_examples=6,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal tried
            tried += 1
            seen.add(case.call_and_validate(checks=CHECKS, **access).status_code)

        with one_connection():
            ask()
    assert tried > 60
    assert {200, 404} <= seen
    assert 401 not in seen


@pytest.mark.django_db
def test_the_description_is_for_who_is_signed_in(scene: Scene) -> None:
    assert Client().get("/api/schema/").status_code == 401
    assert signed_in(scene.liaison).get("/api/schema/").status_code == 200
