"""A voucher, list or statement is kept when it is drawn, so that whoever holds it can ask about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from core.audit.models import AuditRecord
from core.people.access import NotYours
from reports import services
from reports.models import Paper
from reports.snapshot.voucher import voucher_content
from reports.verification.judge import judge_code, judge_file
from reports.verification.verdict import Answer
from tests.flows.programme import AFTER, Journey, kept_for_module

LATER = AFTER + timedelta(hours=1)


@pytest.fixture(scope="module")
def journey(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with kept_for_module(django_db_blocker, tmp_path_factory.mktemp("media")):
        yield Journey()


def draw(journey: Journey, *, at: Any = AFTER, language: str = "both", by: Any = None, **changed: Any) -> bytes:
    content = {**voucher_content(disbursement_id=journey.in_riel.disbursement_id, at=at), **changed}
    return services.draw_paper(
        kind=Paper.Kind.VOUCHER, subject=content["reference"], content=content, language=language, by=by or journey.officer, at=at
    )


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


@pytest.mark.django_db
class TestKept:
    def test_drawn_again_while_nothing_changed_it_is_the_same_paper(self, journey: Journey) -> None:
        first = draw(journey)
        assert draw(journey, at=LATER) == first
        assert Paper.objects.count() == 1
        assert AuditRecord.objects.filter(act="paper.draw").count() == 1

    def test_when_the_books_say_something_else_it_is_a_newer_one_and_the_old_one_says_so(self, journey: Journey) -> None:
        old = draw(journey)
        new = draw(journey, at=LATER, description="Corrected")
        verdicts = judge_file(data=old), judge_file(data=new)
        assert all(verdict.is_genuine for verdict in verdicts)
        assert verdicts[0].issued
        assert verdicts[0].issued.newer
        assert verdicts[0].issued.newer.issued_on == LATER.date()
        assert verdicts[1].issued
        assert verdicts[1].issued.newer is None

    @pytest.mark.parametrize("language", ["km", "en", "both"])
    def test_every_edition_is_genuine_and_one_changed_byte_is_not(self, journey: Journey, language: str) -> None:
        data = draw(journey, language=language)
        assert judge_file(data=data).is_genuine
        # Behind the end mark: the figures inside can still be read, and are ours.
        assert judge_file(data=data + b"\n").answer == Answer.CHANGED

    def test_its_code_is_on_every_page_and_known(self, journey: Journey) -> None:
        shown = pages(draw(journey))
        paper = Paper.objects.get()
        assert all(f"/verify/{paper.sha256[:16]}" in page for page in shown)
        assert judge_code(code=paper.sha256[:16]).answer == Answer.KNOWN

    def test_what_everybody_learns_of_it_names_nobody_and_no_amount(self, journey: Journey, client: Client) -> None:
        draw(journey)
        text = client.get(reverse("reports:verify_code", args=[Paper.objects.get().sha256[:16]])).content.decode()
        assert "Yes: issued here." in text
        assert not any(secret in text for secret in ("30,000", "Chan Thy", "Dara Sok", "123,000,000"))

    def test_who_does_not_read_the_books_draws_nothing(self, journey: Journey) -> None:
        with pytest.raises(NotYours):
            draw(journey, by=journey.administrator)
        assert not Paper.objects.exists()

    def test_an_edition_that_is_not_made_is_refused(self, journey: Journey) -> None:
        with pytest.raises(services.NoSuchEdition):
            draw(journey, language="fr")
        assert not Paper.objects.exists()


@pytest.mark.django_db
class TestPages:
    @pytest.fixture(autouse=True)
    def _now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: AFTER)
        monkeypatch.setattr(clock, "today", AFTER.date)

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [("voucher", ("reference",)), ("payment_list", ("bank",)), ("statement", ("pu-char", "2026Q3"))],
    )
    def test_each_kind_is_drawn_in_each_edition_and_is_genuine(self, journey: Journey, client: Client, name: str, arguments: tuple[str, ...]) -> None:
        client.force_login(journey.auditor)
        known = {"reference": journey.in_riel.disbursement.reference, "bank": journey.bank.code}
        address = reverse(f"reports:{name}", args=[known.get(one, one) for one in arguments])
        seen = {}
        for language in ("km", "en", "both"):
            answer = client.get(address, {"in": language})
            assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
            assert judge_file(data=answer.content).is_genuine
            seen[language] = "".join(pages(answer.content))
        assert not any("\u1780" <= letter <= "\u17a2" for letter in seen["en"].replace("សហគមន៍", "")) or name != "statement"
        assert len(seen["both"]) > max(len(seen["km"]), len(seen["en"]))
        assert Paper.objects.count() == 1

    def test_an_unknown_edition_is_answered_with_a_sentence(self, journey: Journey, client: Client) -> None:
        client.force_login(journey.officer)
        answer = client.get(reverse("reports:statement", args=["pu-char", "2026Q3"]), {"in": "fr"})
        assert (answer.status_code, "Choose km, en or both." in answer.content.decode()) == (422, True)
