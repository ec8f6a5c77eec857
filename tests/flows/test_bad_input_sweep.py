"""Odd values in every field of every form, every list's query and every address: a sentence, never a broken page, nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from communities.spending.forms import AcknowledgeForm, AnswerForm, PhotosForm, SpendingForm, TrainingForm
from core.acts import Act
from core.admin import HouseAdmin
from core.people.models import Role, User
from tests.flows.scene import Scene, kept_scene, short_menu, signed_in, taken_back

pytestmark = pytest.mark.django_db
SIGN_IN_TABLES = {"axes_accessattempt", "axes_accessfailurelog", "axes_accesslog", "axes_accessattemptexpiration"}
ODD = ("a\x00b", "9" * 25, "²", "9999-12-31", "-1", "x" * 20_000)


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
    short_menu(settings)
    return kept


def rows_of_all_tables() -> dict[str, int]:
    """Count every table, apart from sessions and wrong sign-ins, which are to be counted."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - {"django_session"} - SIGN_IN_TABLES)
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))
        return dict(cursor.fetchall())


def rows_touched() -> int:
    """Return how many rows of those tables this transaction has written so far, those taken back by a savepoint with them."""
    with connection.cursor() as cursor:
        asked = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables WHERE relname <> ALL(%s)"
        cursor.execute(asked, [["django_session", *SIGN_IN_TABLES]])
        return int(cursor.fetchone()[0])


def good(field: forms.Field, name: str) -> dict[str, Any]:
    """Return a value that a field takes, as it is sent."""
    if hasattr(field.widget, "_column"):
        return {f"{name}_issuance": "1", f"{name}_first": "1", f"{name}_last": "2"}
    if isinstance(field, forms.ModelChoiceField):
        row = field.queryset.first() if field.queryset is not None else None
        return {name: str(row.pk) if row else ""}
    if isinstance(field, forms.ChoiceField):
        values = [str(key) for key, label in field.choices if key and not isinstance(label, (list, tuple))]
        return {name: values[0] if values else ""}
    if isinstance(field, forms.FileField):
        return {name: SimpleUploadedFile("file.csv", b"code,name\n1,2\n", "text/csv")}
    if isinstance(field, forms.UUIDField):
        return {name: str(uuid4())}
    if isinstance(field, forms.DateField):
        return {name: "2026-10-01"}
    if isinstance(field, forms.CharField) and "inputmode" not in field.widget.attrs:
        return {name: "words"}
    return {name: "1"}


def odd_values(field: forms.Field) -> Iterator[Any]:
    """Yield what this kind of field is tried with."""
    if isinstance(field, forms.FileField):
        yield from ("", SimpleUploadedFile("odd.jpg", b"\x00words", "image/jpeg"), SimpleUploadedFile("empty.xlsx", b"", "application/zip"))
    elif isinstance(field, forms.ChoiceField):
        yield from ODD[:2]
    elif isinstance(field, forms.CharField) and "inputmode" not in field.widget.attrs:
        yield from (ODD[0], ODD[-1])
    else:
        yield from ODD[:-1]


def broken(answer: Any) -> str:
    """Say what broke a page."""
    return repr(answer.exc_info[1])[:300] if getattr(answer, "exc_info", None) else ""


class Sweep:
    """Sends a form with one field odd at a time, and gathers what broke or changed anything."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.wrong: list[str] = []
        self.sent = 0
        self.before = rows_of_all_tables()

    def form(self, address: str, fields: dict[str, forms.Field]) -> None:
        for name, field in fields.items():
            base: dict[str, Any] = {}
            for other, one in fields.items():
                base.update(good(one, other))
            names = list(good(field, name))
            for odd in odd_values(field):
                self.send(address, {**base, **dict.fromkeys(names, odd)}, f"{name}={str(odd)[:30]!r}")

    def send(self, address: str, data: dict[str, Any], what: str) -> None:
        for value in data.values():
            if isinstance(value, SimpleUploadedFile):
                value.seek(0)
        with transaction.atomic():
            touched = rows_touched()
            answer = self.client.post(address, data)
            # A page that is shown once and never kept is the answer to what was done.
            refused = answer.status_code in (200, 422) and answer.headers.get("Cache-Control") != "no-store"
            if answer.status_code not in (200, 302, 404, 422):
                self.wrong.append(f"{address} {what}: {answer.status_code} {broken(answer)}")
            elif refused and not self._says(answer.content.decode()):
                self.wrong.append(f"{address} {what}: {answer.status_code} without a sentence")
            elif refused and rows_touched() != touched and rows_of_all_tables() != self.before:
                self.wrong.append(f"{address} {what}: {answer.status_code} changed something")
            transaction.set_rollback(True)
        self.sent += 1

    @staticmethod
    def _says(page: str) -> bool:
        return any(mark in page for mark in ('role="alert"', "errorlist", "errornote"))


def doers(scene: Scene) -> dict[Role, User]:
    return {
        Role.FINANCE_OFFICER: scene.officer,
        Role.FINANCE_APPROVER: scene.approver,
        Role.ADMINISTRATOR: scene.administrator,
        Role.LIAISON: scene.liaison,
        Role.AUDITOR: scene.auditor,
    }


def house_pages() -> list[HouseAdmin]:
    return [page for page in admin.site._registry.values() if isinstance(page, HouseAdmin)]


def page_name(page: HouseAdmin, what: str) -> str:
    return f"admin:{page.opts.app_label}_{page.opts.model_name}_{what}"


def sweep_act(scene: Scene, act: Act, address: str, row: Any) -> Sweep:
    sweep = Sweep(signed_in(doers(scene)[min(act.roles)]))
    sweep.form(address, dict(act.form(initial=act.initial(row)).fields))
    return sweep


def test_acts_on_rows_answer_odd_values_with_a_sentence(scene: Scene) -> None:
    wrong, sent = [], 0
    for page in house_pages():
        rows = list(page.get_queryset(HttpRequest()).order_by("pk"))
        for act in page.acts:
            row = next((one for one in rows if act.possible(one)), None)
            if row is None or not act.form.base_fields:
                continue
            sweep = sweep_act(scene, act, reverse(page_name(page, "act"), args=[row.pk, act.name]), row)
            wrong, sent = wrong + sweep.wrong, sent + sweep.sent
    assert not wrong, "\n".join(wrong)
    assert sent > 60


def test_acts_that_make_rows_answer_odd_values_with_a_sentence(scene: Scene) -> None:
    wrong, sent = [], 0
    for page in house_pages():
        for act in page.new_acts:
            sweep = sweep_act(scene, act, reverse(page_name(page, "new_act"), args=[act.name]), None)
            wrong, sent = wrong + sweep.wrong, sent + sweep.sent
    assert not wrong, "\n".join(wrong)
    assert sent > 100


def test_master_data_answers_odd_values_with_a_sentence(scene: Scene) -> None:
    wrong, sent = [], 0
    for page in house_pages():
        if not page.editors:
            continue
        sweep = Sweep(signed_in(doers(scene)[min(page.editors)]))
        row = page.get_queryset(HttpRequest()).order_by("pk").first()
        request = HttpRequest()
        request.user = doers(scene)[min(page.editors)]
        sweep.form(reverse(page_name(page, "change"), args=[row.pk]), dict(page.get_form(request, row, change=True).base_fields))
        if page.has_add_permission(request):
            sweep.form(reverse(page_name(page, "add")), dict(page.get_form(request).base_fields))
        wrong, sent = wrong + sweep.wrong, sent + sweep.sent
    assert not wrong, "\n".join(wrong)
    assert sent > 60


def test_the_sweep_notices_a_row_that_was_written(scene: Scene) -> None:
    before = rows_touched()
    assert rows_touched() == before
    User.objects.filter(pk=scene.auditor.pk).update(full_name="Somebody else")
    assert rows_touched() > before


def phone_forms(scene: Scene) -> Iterator[tuple[str, forms.Form]]:
    yield reverse("spending:log_spending", args=[scene.pu_char.pk]), SpendingForm(recipient=scene.pu_char)
    yield reverse("spending:log_training", args=[scene.pu_char.pk]), TrainingForm()
    yield reverse("spending:acknowledge", args=[scene.mine_paid.pk]), AcknowledgeForm(currency="USD")
    yield reverse("spending:answer", args=[scene.queried.pk]), AnswerForm()
    yield reverse("spending:add_photos", args=[scene.queried.pk]), PhotosForm()
    yield reverse("spending:training_answer", args=[scene.trained.pk]), AnswerForm()


def test_the_phone_answers_odd_values_with_a_sentence(scene: Scene) -> None:
    sweep = Sweep(signed_in(scene.liaison))
    for address, form in phone_forms(scene):
        sweep.form(address, dict(form.fields))
    assert not sweep.wrong, "\n".join(sweep.wrong)
    assert sweep.sent > 60


def test_what_anybody_may_send_answers_odd_values(scene: Scene) -> None:
    sweep = Sweep(signed_in(None))
    for odd in ODD:
        sweep.send(reverse("login"), {"username": "sreymom", "password": odd}, f"password={odd[:20]!r}")
        sweep.send(reverse("reports:verify"), {"code": odd}, f"code={odd[:20]!r}")
    for language in ("xx", "", "a\x00b", "../../km"):
        assert sweep.client.post(reverse("set_language"), {"language": language, "next": "https://example.com/"}).status_code in (302, 204)
    assert not [line for line in sweep.wrong if "without a sentence" not in line]


def test_the_own_password_answers_odd_values(scene: Scene) -> None:
    sweep = Sweep(signed_in(scene.liaison))
    for odd in ODD:
        sweep.send(reverse("password"), {"old_password": odd, "new_password1": odd, "new_password2": odd}, odd[:20])
    assert not sweep.wrong, "\n".join(sweep.wrong)


# --- What stands in the address ---------------------------------------------------------------------------------------

QUERIES = (
    {"q": "x" * 3000},
    {"o": "99.-98.x"},
    {"p": "9" * 30},
    {"id__exact": "9" * 30},
    {"status__exact": "²"},
    {"no_such_field": "1", "q": "1' OR '1'='1"},
)
HIERARCHY = ({"year": "99999"}, {"year": "x"}, {"year": "2026", "month": "2", "day": "31"})


def test_every_list_and_export_stands_odd_questions(scene: Scene) -> None:
    client, wrong = signed_in(scene.officer), []
    for page in house_pages():
        asked = list(QUERIES)
        if page.date_hierarchy:
            asked += [{f"{page.date_hierarchy}__{part}": value for part, value in one.items()} for one in HIERARCHY]
        for what in ("changelist", "export") if page.export_columns else ("changelist",):
            for query in asked:
                answer = client.get(reverse(page_name(page, what)), query)
                if answer.status_code not in (200, 302, 400, 403, 404):
                    wrong.append(f"{page_name(page, what)} {query}: {answer.status_code} {broken(answer)}")
    assert not wrong, "\n".join(wrong)


IDS = ("0", str(2**31), str(2**63), "9" * 40, "១២", "٣")


def test_numbers_that_no_row_has_are_not_found(scene: Scene) -> None:
    client, phone, wrong = signed_in(scene.officer), signed_in(scene.liaison), []
    patterns: list[tuple[Client, Callable[[str], str]]] = [
        (client, lambda one: f"/published/{one}/"),
        (client, lambda one: f"/published/{one}/progress/"),
        (client, lambda one: f"/published/file/{one}/"),
        (client, lambda one: f"/evidence/{one}/small/"),
        (client, lambda one: f"/trace/sale/{one}/"),
        (client, lambda one: f"/admin/spending/spendingrecord/{one}/review/"),
        (phone, lambda one: f"/field/recipients/{one}/"),
        (phone, lambda one: f"/field/recipients/{one}/spending/"),
        (phone, lambda one: f"/field/spending/{one}/"),
        (phone, lambda one: f"/field/training/{one}/saved/"),
        (phone, lambda one: f"/field/payments/{one}/"),
    ]
    for who, address in patterns:
        for one in (*IDS, "-1"):
            status = who.get(address(one)).status_code
            if status not in ((302, 404) if "admin" in address(one) else (404,)):
                wrong.append(f"{address(one)}: {status}")
    for page in house_pages():
        # Khmer digits are digits here too: they may well name a row.
        for one in ("0", str(2**63), "9" * 40, "abc", "_00", "-1"):
            for what in ("change", "history"):
                status = client.get(reverse(page_name(page, what), args=[one])).status_code
                if status not in (302, 404):
                    wrong.append(f"{page_name(page, what)} {one}: {status}")
    assert not wrong, "\n".join(wrong)


def test_a_null_character_in_an_address_is_refused_plainly(scene: Scene) -> None:
    client = signed_in(scene.officer)
    for address in ("/trace/sale/%00/", "/trace/?reference=%00", "/admin/credits/sale/?q=%00", "/admin/credits/sale/%00/change/", "/login/?next=%00"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8"), address
