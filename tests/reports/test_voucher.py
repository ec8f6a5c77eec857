"""Vouchers and payment lists say what the documents say, and open only to who reads the books."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from reports.models import Report
from reports.render.voucher import render_payment_list, render_voucher
from reports.snapshot.voucher import payment_list_content, voucher_content
from tests.flows.programme import AFTER, Journey, kept_for_module


@pytest.fixture(scope="module")
def journey(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with kept_for_module(django_db_blocker, tmp_path_factory.mktemp("media")):
        yield Journey()


@pytest.fixture
def client_of(client: Client) -> Any:
    def signed_in(person: Any) -> Client:
        client.force_login(person)
        return client

    return signed_in


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.django_db
class TestVoucher:
    def test_it_names_the_receipts_that_pay_for_it_and_they_add_up(self, journey: Journey) -> None:
        content = voucher_content(disbursement_id=journey.in_riel.disbursement_id, at=AFTER)
        assert [row["receipt"] for row in content["sources"]] == [journey.first.reference, journey.second.reference]
        assert sum(row["amount_minor"] for row in content["sources"]) == content["amount_minor"] == 3_000_000
        assert {row["sale"] for row in content["sources"]} == {journey.sale.reference}

    def test_every_figure_is_printed_with_lines_for_signatures_in_both_languages(self, journey: Journey) -> None:
        content = voucher_content(disbursement_id=journey.in_riel.disbursement_id, at=AFTER)
        text = text_of(render_voucher(content=content))
        for figure in ("USD 30,000.00", "KHR 123,000,000", "USD 2.50", *(f"{row['amount_minor'] / 100:,.2f}" for row in content["sources"])):
            assert figure in text
        for words in ("Prepared by", "Approved by", "Received by", "Dara Sok", "Chantha Kim"):
            assert words in text
        assert "ទទួលដោយ" in squeezed(text)

    def test_before_approval_it_has_no_sources_and_no_payment(self, journey: Journey) -> None:
        asked = journey.request(journey.pu_char, 10_000, on=date(2026, 9, 20))
        content = voucher_content(disbursement_id=asked.pk, at=AFTER)
        assert (content["sources"], content["payment"], content["decided"]) == ([], None, None)
        assert "Not paid yet" in text_of(render_voucher(content=content))

    def test_the_same_content_gives_the_same_bytes_and_is_attached(self, journey: Journey) -> None:
        content = voucher_content(disbursement_id=journey.final.disbursement_id, at=AFTER)
        pdf = render_voucher(content=content)
        assert pdf == render_voucher(content=json.loads(json.dumps(content)))
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert json.loads(document.attachments["voucher.json"].get_file().read_bytes()) == content


@pytest.mark.django_db
class TestPaymentList:
    def test_it_lists_what_was_paid_on_the_day_and_nothing_else(self, journey: Journey) -> None:
        content = payment_list_content(bank_account_id=journey.bank.pk, on=date(2026, 8, 11), at=AFTER)
        assert [row["reference"] for row in content["rows"]] == [journey.in_dollars.disbursement.reference]
        assert content["total_minor"] == 800_000

    def test_without_a_day_it_lists_what_is_approved_and_not_paid(self, journey: Journey) -> None:
        waiting = journey.approve(journey.request(journey.pu_char, 12_345, on=date(2026, 9, 20)), on=date(2026, 9, 21))
        content = payment_list_content(bank_account_id=journey.bank.pk, on=None, at=AFTER)
        assert [(row["reference"], row["amount_minor"]) for row in content["rows"]] == [(waiting.reference, 12_345)]
        assert content["rows"][0]["account_number"] == f"{journey.pu_char.pk:08d}"

    def test_an_empty_list_says_so(self, journey: Journey) -> None:
        content = payment_list_content(bank_account_id=journey.bank.pk, on=date(2026, 1, 1), at=AFTER)
        assert "There is nothing on this list." in text_of(render_payment_list(content=content))

    def test_a_long_list_repeats_its_head_and_keeps_its_total(self, journey: Journey) -> None:
        content = payment_list_content(bank_account_id=journey.bank.pk, on=date(2026, 8, 11), at=AFTER)
        content["rows"] = content["rows"] * 60
        content["total_minor"] = 48_000_000
        with pypdfium2.PdfDocument(render_payment_list(content=content)) as document:
            texts = [page.get_textpage().get_text_range() for page in document]
        assert len(texts) > 3
        assert all("Paid into" in text for text in texts[:3])
        assert "USD 480,000.00" in texts[-1] + texts[-2]


@pytest.mark.django_db
class TestPages:
    def test_who_reads_the_books_gets_the_voucher_and_no_cache_keeps_it(self, journey: Journey, client_of: Any) -> None:
        answer = client_of(journey.auditor).get(reverse("reports:voucher", args=[journey.in_riel.disbursement.reference]))
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "application/pdf", "no-store")
        assert answer.content.startswith(b"%PDF-")

    def test_it_is_linked_from_the_disbursements_page(self, journey: Journey, client_of: Any) -> None:
        page = client_of(journey.officer).get(reverse("admin:disbursements_disbursement_change", args=[journey.in_riel.disbursement_id]))
        text = page.content.decode()
        assert reverse("reports:voucher", args=[journey.in_riel.disbursement.reference]) in text
        assert f"{reverse('reports:payment_list', args=['main'])}?on=2026-08-10" in text

    @pytest.mark.parametrize("who", ["liaison", "administrator"])
    def test_others_find_nothing_there(self, journey: Journey, client_of: Any, who: str) -> None:
        client = client_of(getattr(journey, who))
        for address in (reverse("reports:voucher", args=[journey.in_riel.disbursement.reference]), reverse("reports:payment_list", args=["main"])):
            assert client.get(address).status_code == 404

    def test_strangers_are_asked_to_sign_in(self, journey: Journey, client: Client) -> None:
        assert client.get(reverse("reports:payment_list", args=["main"])).status_code == 302

    def test_what_does_not_exist_is_not_found(self, journey: Journey, client_of: Any) -> None:
        client = client_of(journey.officer)
        assert client.get(reverse("reports:voucher", args=["D-1999-0001"])).status_code == 404
        assert client.get(reverse("reports:payment_list", args=["nowhere"])).status_code == 404

    def test_a_day_that_is_none_is_refused_in_words(self, journey: Journey, client_of: Any) -> None:
        answer = client_of(journey.officer).get(reverse("reports:payment_list", args=["main"]), {"on": "yesterday"})
        assert answer.status_code == 422
        assert "2026-10-31" in answer.content.decode()

    def test_iati_is_public_once_the_report_is_issued_and_not_before(self, journey: Journey, client: Client) -> None:
        from tests.reports.making import make

        (mine,) = [one for one in journey.close() if one.project]
        made: Report = make(mine)
        address = reverse("reports:iati", args=[made.pk])
        assert client.get(address).status_code == 404
        journey.issue(made)
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
        assert b"Chan Thy" not in answer.content
        assert b"iati-identifier" in answer.content
