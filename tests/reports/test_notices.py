"""Who asked to be told of issued reports is told once, and can leave."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from core import jobs
from core.models import Job
from reports import services
from reports.models import Notice, Report, Subscriber
from tests.constraints.test_reports_rules import refused
from tests.flows.programme import AFTER, SmallProgramme
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    return programme


@pytest.fixture
def issued(programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Issue the project's report, with three who are to be told of it and three who are not."""
    QuickFiles(monkeypatch)
    enter(programme, "all@example.org", "")
    enter(programme, "keo@example.org", "keo-seima", language="km")
    enter(programme, "both@example.org", "")
    enter(programme, "both@example.org", "keo-seima")
    services.subscribe(email="unconfirmed@example.org", language="en", project_code="", at=AT)
    left = enter(programme, "left@example.org", "")
    Subscriber.objects.filter(id=left.pk).update(left_at=AT)
    mail.outbox.clear()
    report = make(next(report for report in programme.close() if report.project))
    return programme.issue(report)


def enter(programme: SmallProgramme, email: str, project: str, *, language: str = "en") -> Subscriber:
    return services.enter_subscriber(email=email, language=language, project_code=project, by=programme.officer, at=AT)


def link_of(message: mail.EmailMessage, name: str) -> str:
    found = re.search(rf"https?://[^/\s]+(/published/{name}/\S+)", str(message.body))
    assert found
    return found[1]


def told(report: Report) -> list[str]:
    jobs.run(job_id=Job.objects.get(key=f"notices:{report.pk}").pk)
    return sorted(message.to[0] for message in mail.outbox)


def test_each_is_told_once_in_their_language(issued: Report) -> None:
    assert told(issued) == ["all@example.org", "both@example.org", "keo@example.org"]
    assert told(issued) == ["all@example.org", "both@example.org", "keo@example.org"]
    assert services.sweep_notices(at=AFTER + timedelta(days=1)) == 0
    for message in mail.outbox:
        assert f"/published/{issued.pk}/" in str(message.body)
        assert "List-Unsubscribe" in message.extra_headers
    khmer = next(message for message in mail.outbox if message.to == ["keo@example.org"])
    assert "កែវសីមា" in khmer.subject


def test_a_notice_is_claimed_by_one_sender(issued: Report) -> None:
    notice = Notice.objects.first()
    assert notice
    assert [services.send_notice(notice_id=notice.pk) for _ in range(2)] == [True, False]
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_costs_a_delay_and_at_last_a_sentence(issued: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_message: mail.EmailMessage) -> int:
        raise ConnectionRefusedError("no mail server")

    with monkeypatch.context() as broken:
        broken.setattr(mail.EmailMessage, "send", down)
        services.sweep_notices(at=AFTER)
    assert set(Notice.objects.values_list("state", "message")) == {("WAITING", "no mail server")}
    assert services.sweep_notices(at=AFTER) == 3
    assert len(mail.outbox) == 3


def test_after_five_attempts_a_notice_is_given_up(issued: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_message: mail.EmailMessage) -> int:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr(mail.EmailMessage, "send", down)
    for _ in range(6):
        services.sweep_notices(at=AFTER)
    assert set(Notice.objects.values_list("state", "attempts")) == {("FAILED", 5)}


def test_what_a_killed_sender_left_is_not_sent_again(issued: Report) -> None:
    notice = Notice.objects.first()
    assert notice
    Notice.objects.filter(id=notice.pk).update(state="SENDING", claimed_at=AFTER)
    services.sweep_notices(at=AFTER + timedelta(hours=1))
    notice.refresh_from_db()
    assert notice.state == "FAILED"
    assert "may have gone out" in notice.message
    assert len(mail.outbox) == 2


def test_who_left_meanwhile_is_not_told(issued: Report) -> None:
    Subscriber.objects.update(left_at=AFTER)
    assert told(issued) == []


# --- asking and leaving --------------------------------------------------------------------------------------------------------
def test_an_address_is_told_once_its_owner_confirmed_it(programme: SmallProgramme, client: Client) -> None:
    page = client.post(reverse("reports:subscribe"), {"email": " Sok@Example.org ", "language": "en", "project": ""})
    assert page.status_code == 302
    (message,) = mail.outbox
    assert message.to == ["sok@example.org"]
    address = link_of(message, "confirm")
    assert client.get(address).status_code == 200
    assert Subscriber.objects.get().confirmed_at is None  # a program that only looks at links confirms nothing
    assert client.post(address).status_code == 200
    assert Subscriber.objects.get().confirmed_at is not None


def test_the_same_address_is_written_to_once_a_day_and_the_answer_is_always_the_same(client: Client, programme: SmallProgramme) -> None:
    answers = [client.post(reverse("reports:subscribe"), {"email": "sok@example.org", "language": "en", "project": ""}) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {answers[0]["Location"]}
    assert len(mail.outbox) == 1


def test_a_confirming_e_mail_that_could_not_go_out_is_logged_and_can_be_asked_for_again(
    programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as down:
        down.setattr(mail.EmailMessage, "send", lambda *_a, **_k: (_ for _ in ()).throw(ConnectionRefusedError))
        services.subscribe(email="new@example.org", language="en", project_code="", at=AT)
    assert "could not be sent" in caplog.text
    assert "new@example.org" not in caplog.text
    services.subscribe(email="new@example.org", language="en", project_code="", at=AT + timedelta(minutes=1))
    services.subscribe(email="new@example.org", language="en", project_code="", at=AT + timedelta(minutes=2))
    assert [message.to for message in mail.outbox] == [["new@example.org"]]


def test_strangers_cannot_make_the_office_write_to_the_whole_world(programme: SmallProgramme) -> None:
    for number in range(60):
        services.subscribe(email=f"a{number}@example.org", language="en", project_code="", at=AT)
    with pytest.raises(services.NotASubscription, match="in an hour"):
        services.subscribe(email="one-more@example.org", language="en", project_code="", at=AT)


def test_the_link_in_each_e_mail_leaves(issued: Report, client: Client) -> None:
    told(issued)
    address = link_of(mail.outbox[0], "leave")
    assert client.get(address).status_code == 200
    assert not Subscriber.objects.filter(email=mail.outbox[0].to[0], left_at__isnull=False).exists()
    assert Client(enforce_csrf_checks=True).post(address).status_code == 200  # mail programs send it without a form
    assert Subscriber.objects.filter(email=mail.outbox[0].to[0], left_at__isnull=False).exists()


@pytest.mark.parametrize("name", ["confirm", "leave"])
def test_a_link_that_was_not_made_here_does_nothing(client: Client, name: str) -> None:
    assert client.post(reverse(f"reports:{name}", args=["1:abc:def"])).status_code == 404


def test_a_confirming_link_does_not_leave_and_the_other_way_round(programme: SmallProgramme, client: Client) -> None:
    services.subscribe(email="sok@example.org", language="en", project_code="", at=AT)
    token = link_of(mail.outbox[0], "confirm").rstrip("/").rsplit("/", 1)[1]
    assert client.post(reverse("reports:leave", args=[token])).status_code == 404


@pytest.mark.parametrize(
    ("email", "project"), [("no address", ""), ("", ""), ("a@example.org\nBcc: b@example.org", ""), ("a@example.org", "no-such")]
)
def test_what_is_no_address_or_project_is_refused_in_words(programme: SmallProgramme, client: Client, email: str, project: str) -> None:
    answer = client.post(reverse("reports:subscribe"), {"email": email, "language": "en", "project": project})
    assert answer.status_code == 422
    assert not mail.outbox
    with pytest.raises(services.NotASubscription):
        services.subscribe(email=email, language="en", project_code=project, at=AT)


def test_an_officer_does_not_enter_an_address_that_left(programme: SmallProgramme) -> None:
    row = enter(programme, "sok@example.org", "")
    Subscriber.objects.filter(id=row.pk).update(left_at=AT)
    with pytest.raises(services.NotASubscription, match="left"):
        enter(programme, "sok@example.org", "")


# --- the database ---------------------------------------------------------------------------------------------------------------
def test_a_report_is_told_to_an_address_once(issued: Report) -> None:
    notice = Notice.objects.first()
    assert notice
    with pytest.raises(IntegrityError, match="notice_once"), transaction.atomic():
        Notice.objects.create(report=notice.report, subscriber=notice.subscriber)


def test_what_was_sent_stays_sent(issued: Report) -> None:
    told(issued)
    notice = Notice.objects.filter(state="SENT").first()
    assert notice
    refused("reports_notice_frozen", notice, state="WAITING", sent_at=None)


def test_a_sent_notice_has_its_time(issued: Report) -> None:
    notice = Notice.objects.first()
    assert notice
    refused("notice_sent_has_its_time", notice, state="SENT")


def test_an_address_stands_once_whatever_its_case(programme: SmallProgramme) -> None:
    enter(programme, "sok@example.org", "")
    with pytest.raises(IntegrityError, match="subscriber_once"), transaction.atomic():
        Subscriber.objects.create(email="SOK@example.org", asked_at=AT)
