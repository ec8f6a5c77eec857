"""Read the environment: one sentence for whoever sets it wrong. Standard library only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

ENVIRONMENTS: Final = ("development", "production")
SCHEMES: Final = ("postgresql", "postgres")
APPLICATION_ROLE: Final = "forest_app"
OWNER_ROLE: Final = "forest_owner"
DEMO_FILE: Final = "demo.env"
NEEDED_BY_A_STORE: Final = ("FILES_S3_ENDPOINT", "FILES_S3_KEY", "FILES_S3_SECRET")
_WRITE_IT_AS: Final = "write it as postgresql://user:password@host:5432/database"
NEEDED_IN_PRODUCTION: Final = ("SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "MEDIA_ROOT")


class NotConfigured(Exception):
    """The environment cannot be used; the text says which setting and what to do."""


def parse_database_url(url: str, *, name: str = "DATABASE_URL") -> dict[str, Any]:
    """
    Return Django's description of the database behind a ``postgresql://`` address.

    :raises NotConfigured: if it is no address of a PostgreSQL database
    """
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError as error:
        raise NotConfigured(f"{name} cannot be read ({error}); {_WRITE_IT_AS}") from error
    if parts.scheme not in SCHEMES:
        raise NotConfigured(f"{name} does not begin with postgresql://, and only PostgreSQL is used; {_WRITE_IT_AS}")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise NotConfigured(f"{name} names no database; {_WRITE_IT_AS}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": port,
        "OPTIONS": options,
    }


def application_role(*, url: str, owner_url: str, named: str) -> str:
    """
    Return the database role of the application, whose rights are kept small.

    With an owner's address beside it, it is whoever DATABASE_URL signs in as; a role taken on by
    ``options=-c role=…`` prevails, and DATABASE_APP_ROLE before both.
    """
    if named:
        return named
    parts = urlsplit(url)
    taken_on = parse_qs(parts.query).get("options", [""])[-1]
    if "role=" in taken_on:
        return taken_on.split("role=", 1)[1].split()[0]
    return unquote(parts.username or "") if owner_url else APPLICATION_ROLE


def whether(value: str) -> bool:
    """Return the truth of a yes-or-no setting: 1, true, yes and on are yes."""
    return value.strip().lower() in {"1", "true", "yes", "on"}


def whole(environment: Mapping[str, str], name: str, default: int) -> int:
    """
    Return a setting that is a whole number.

    :raises NotConfigured: if it is none
    """
    try:
        return int(environment.get(name, "") or default)
    except ValueError as error:
        raise NotConfigured(f"{name} has to be a whole number, not {environment[name]!r}") from error


def listed(value: str) -> list[str]:
    """Return the parts of a comma-separated setting."""
    return [part.strip() for part in value.split(",") if part.strip()]


def check_production(environment: Mapping[str, str]) -> None:
    """
    Refuse a production without its secrets.

    :raises NotConfigured: naming every setting that is missing
    """
    missing = [name for name in NEEDED_IN_PRODUCTION if not environment.get(name)]
    if environment.get("FILES_S3_BUCKET") and "MEDIA_ROOT" in missing:
        missing.remove("MEDIA_ROOT")
    if missing:
        raise NotConfigured(f"FOREST_ENV=production needs {', '.join(missing)}; docs/operations.md lists the settings")
    if "*" in listed(environment["ALLOWED_HOSTS"]):
        raise NotConfigured("ALLOWED_HOSTS may not be * in production; name the hosts that people use")


def named_environment(environment: Mapping[str, str]) -> str:
    """
    Return ``development`` or ``production``.

    :raises NotConfigured: for any other word
    """
    name = environment.get("FOREST_ENV") or "development"
    if name not in ENVIRONMENTS:
        raise NotConfigured(f"FOREST_ENV is {name!r}; it may be {' or '.join(ENVIRONMENTS)}")
    return name


def read_demo_file(folder: Path) -> dict[str, str]:
    """Return what a demo that keeps its data in this folder says about itself; nothing if there was none."""
    try:
        text = (folder / DEMO_FILE).read_text(encoding="utf-8")
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def write_demo_file(folder: Path, values: Mapping[str, str]) -> None:
    """Tell later commands how to reach this demo; readable by its starter only."""
    part = folder / f".{DEMO_FILE}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write("".join(f"{name}={value}\n" for name, value in values.items()))
    part.replace(folder / DEMO_FILE)


def environment_of(base: Path) -> dict[str, str]:
    """Return the process's environment, completed by a demo of this folder where no DATABASE_URL is set."""
    environment = dict(os.environ)
    if environment.get("DATABASE_URL") or environment.get("FOREST_ENV") == "production":
        return environment
    folder = Path(environment.get("FOREST_DATA") or base / "var")
    return {**read_demo_file(folder), **{name: value for name, value in environment.items() if value}}


def caches(url: str) -> dict[str, dict[str, str]]:
    """
    Describe where callers are counted: in each process by itself, or together in a Redis.

    :raises NotConfigured: if the address leads to no Redis
    """
    if not url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    if not url.startswith(("redis://", "rediss://")):
        raise NotConfigured("CACHE_URL is written redis://host:6379/1, or is empty")
    return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}


def file_store(environment: Mapping[str, str]) -> dict[str, Any]:
    """
    Describe where files lie, as Django's STORAGES does: a folder of the server, or a bucket of an S3-compatible store.

    :raises NotConfigured: naming what a bucket needs and is not set
    """
    bucket = environment.get("FILES_S3_BUCKET", "")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"base_url": None}}
    missing = [name for name in NEEDED_BY_A_STORE if not environment.get(name)]
    if missing:
        raise NotConfigured(f"FILES_S3_BUCKET needs {', '.join(missing)} beside it; docs/operations.md lists the settings")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise NotConfigured("FILES_S3_BUCKET needs django-storages and boto3; install requirements-s3.txt in place of requirements.txt")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": environment["FILES_S3_ENDPOINT"].rstrip("/"),
            "access_key": environment["FILES_S3_KEY"],
            "secret_key": environment["FILES_S3_SECRET"],
            "region_name": environment.get("FILES_S3_REGION") or "us-east-1",
            "location": environment.get("FILES_S3_PREFIX", "").strip("/"),
            # The bucket's own policy says that it is private; links are signed, and names are made of the content.
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": True,
            # One host for all buckets: the content policy names it, and stores without a wildcard certificate answer to it.
            "addressing_style": "path",
            "signature_version": "s3v4",
        },
    }


def link_seconds(environment: Mapping[str, str]) -> int:
    """Return how long a link of the store opens a file, in seconds; 0 where the application hands files out itself."""
    return whole(environment, "FILES_LINK_SECONDS", 300) if environment.get("FILES_S3_BUCKET") else 0
