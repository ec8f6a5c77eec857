"""Settings come from the environment, and production refuses to start without its secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import demodb, environment
from config.bootstrap import ROOT
from core.people.models import Role, User

PRODUCTION = {
    "FOREST_ENV": "production",
    "SECRET_KEY": "only-for-this-test-" * 4,
    "DATABASE_URL": "postgresql://forest_app:secret@db.example/forest_dividend",
    "DATABASE_OWNER_URL": "postgresql://forest_owner:secret@db.example/forest_dividend",
    "ALLOWED_HOSTS": "forest.example",
    "MEDIA_ROOT": "/srv/forest/files",
}


def _check(folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    values = {**PRODUCTION, "FOREST_DATA": str(folder), **changed}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"],
        env={"PATH": os.environ["PATH"], **values},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_is_clean_with_production_settings(tmp_path: Path) -> None:
    answer = _check(tmp_path)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("name", environment.NEEDED_IN_PRODUCTION)
def test_production_does_not_start_without(name: str) -> None:
    with pytest.raises(environment.NotConfigured, match=f"needs {name};"):
        environment.check_production({**PRODUCTION, name: ""})


BUCKET = {"FILES_S3_BUCKET": "evidence", "FILES_S3_ENDPOINT": "https://store.example/", "FILES_S3_KEY": "k", "FILES_S3_SECRET": "s"}


def test_files_lie_in_a_folder_or_in_a_private_bucket() -> None:
    assert environment.file_store({})["BACKEND"].endswith("FileSystemStorage")
    assert environment.link_seconds({"FILES_LINK_SECONDS": "60"}) == 0
    described = environment.file_store(BUCKET)["OPTIONS"]
    assert (described["default_acl"], described["querystring_auth"], described["endpoint_url"]) == (None, True, "https://store.example")
    assert [environment.link_seconds({**BUCKET, "FILES_LINK_SECONDS": said}) for said in ("", "60", "0")] == [300, 60, 0]
    environment.check_production({**PRODUCTION, "MEDIA_ROOT": "", **BUCKET})


@pytest.mark.parametrize("name", environment.NEEDED_BY_A_STORE)
def test_a_bucket_needs(name: str) -> None:
    with pytest.raises(environment.NotConfigured, match=f"needs {name} beside it"):
        environment.file_store({**BUCKET, name: ""})


def test_a_bucket_needs_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    with pytest.raises(environment.NotConfigured, match="requirements-s3.txt"):
        environment.file_store(BUCKET)


@pytest.mark.parametrize(
    ("seconds", "sources"), [("300", ["'self'", "data:", "blob:", "https://store.example"]), ("0", ["'self'", "data:", "blob:"])]
)
def test_photos_may_come_from_the_store_only_where_it_hands_them_out(tmp_path: Path, seconds: str, sources: list[str]) -> None:
    asked = "from config import settings as s; import json; print(json.dumps(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src']))"
    values = {**PRODUCTION, **BUCKET, "MEDIA_ROOT": "", "FOREST_DATA": str(tmp_path), "FILES_LINK_SECONDS": seconds}
    answer = subprocess.run(
        [sys.executable, "-c", asked], env={"PATH": os.environ["PATH"], **values}, capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert json.loads(answer.stdout) == sources


def test_a_refusal_of_the_settings_is_one_sentence_without_traceback(tmp_path: Path) -> None:
    answer = _check(tmp_path, SECRET_KEY="", ALLOWED_HOSTS="")
    assert answer.returncode == 1
    assert answer.stderr.strip() == "FOREST_ENV=production needs SECRET_KEY, ALLOWED_HOSTS; docs/operations.md lists the settings"


def test_production_does_not_answer_for_every_host() -> None:
    with pytest.raises(environment.NotConfigured, match="ALLOWED_HOSTS may not be"):
        environment.check_production({**PRODUCTION, "ALLOWED_HOSTS": "forest.example,*"})


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(environment.NotConfigured, match="'prod'"):
        environment.named_environment({"FOREST_ENV": "prod"})


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///db", "forest", "postgresql://host", "postgresql://host:port/x"])
def test_an_address_that_leads_to_no_postgresql_is_refused(url: str) -> None:
    with pytest.raises(environment.NotConfigured, match="DATABASE_URL .*postgresql://user:password@host:5432/database"):
        environment.parse_database_url(url)


def test_callers_are_counted_in_each_process_or_together_in_a_redis() -> None:
    assert environment.caches("")["default"]["BACKEND"].endswith("LocMemCache")
    assert environment.caches("redis://127.0.0.1/1")["default"] == {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1/1",
    }
    with pytest.raises(environment.NotConfigured, match="CACHE_URL"):
        environment.caches("memcached://x")


def test_an_address_through_a_socket_is_understood() -> None:
    described = environment.parse_database_url("postgresql://forest_app@/forest%20dividend?host=%2Ftmp%2Fa%20b&options=-c%20role%3Dx")
    assert (described["HOST"], described["NAME"], described["USER"]) == ("/tmp/a b", "forest dividend", "forest_app")
    assert described["OPTIONS"] == {"options": "-c role=x"}


def test_the_password_of_an_address_is_not_repeated() -> None:
    with pytest.raises(environment.NotConfigured) as refused:
        environment.parse_database_url("mysql://user:open-sesame@host/x")
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "owner_url", "named", "role"),
    [
        ("postgresql://web@h/d", "postgresql://boss@h/d", "", "web"),
        ("postgresql://root@h/d", "", "", "forest_app"),
        ("postgresql://root@h/d?options=-c%20role%3Dforest_app", "postgresql://root@h/d", "", "forest_app"),
        ("postgresql://web@h/d", "postgresql://boss@h/d", "other", "other"),
    ],
)
def test_the_role_of_the_application_follows_from_the_addresses(url: str, owner_url: str, named: str, role: str) -> None:
    assert environment.application_role(url=url, owner_url=owner_url, named=named) == role


def test_an_address_can_take_on_another_role() -> None:
    described = environment.parse_database_url(demodb.taking_on("postgresql://root@h/d?connect_timeout=3", "forest_app"))
    assert described["OPTIONS"] == {"connect_timeout": "3", "options": "-c role=forest_app"}


def test_commands_find_the_demo_that_keeps_its_data_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.write_demo_file(tmp_path, {"DATABASE_URL": "postgresql:///x?host=%2Ftmp", "SECRET_KEY": "a=b"})
    assert (tmp_path / environment.DEMO_FILE).stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("FOREST_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL")
    found = environment.environment_of(ROOT)
    assert (found["DATABASE_URL"], found["SECRET_KEY"]) == ("postgresql:///x?host=%2Ftmp", "a=b")


def test_a_set_address_prevails_over_the_demos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.write_demo_file(tmp_path, {"DATABASE_URL": "postgresql:///x", "DATABASE_OWNER_URL": "postgresql:///x"})
    monkeypatch.setenv("FOREST_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql:///mine")
    found = environment.environment_of(ROOT)
    assert found["DATABASE_URL"] == "postgresql:///mine"
    assert "DATABASE_OWNER_URL" not in found


def test_pages_carry_a_strict_policy_and_the_admin_its_own(client, db) -> None:  # type: ignore[no-untyped-def]
    strict = client.get("/health/")["Content-Security-Policy"]
    assert "default-src 'self'" in strict
    assert "unsafe" not in strict
    client.force_login(
        User.objects.create_user("officer", full_name="Officer", role=Role.FINANCE_OFFICER), backend="django.contrib.auth.backends.ModelBackend"
    )
    office = client.get("/admin/jsi18n/")
    assert office.status_code == 200
    assert "'unsafe-eval'" in office["Content-Security-Policy"]


def test_only_the_proxys_own_entry_is_believed(rf, settings) -> None:  # type: ignore[no-untyped-def]
    from django.http import HttpResponse

    from config.middleware import TrustedProxy

    settings.BEHIND_PROXY = True
    request = rf.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    TrustedProxy(lambda seen: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == "203.0.113.9"


def test_the_health_page_answers_without_login(client, db) -> None:  # type: ignore[no-untyped-def]
    assert client.get("/health/").json() == {"database": "ok", "queue": "ok"}
