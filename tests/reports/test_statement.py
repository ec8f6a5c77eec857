"""A community's statement says what its documents and the ledger say, and comes out the same each time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.audit.hashing import canonical, digest
from reports.render.statement import file_name, merge_statements, render_statement
from reports.render.statement_parts import said
from reports.render.statement_sheets import statement_tables
from reports.snapshot.statement import freeze_statements, statement_contents
from revenue.credits.models import Sale
from tests.flows.programme import Journey, kept_for_module

SCHEMA = Path(__file__).parents[2] / "reports" / "schemas" / "statement-1.json"
AT = datetime(2026, 10, 5, 3, 0, tzinfo=UTC)
FIRST, END = date(2026, 7, 1), date(2026, 10, 1)


@pytest.fixture(scope="module")
def journey(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with kept_for_module(django_db_blocker, tmp_path_factory.mktemp("media")):
        yield Journey()


def contents(journey: Journey, *codes: str, end: date = END) -> list[dict[str, Any]]:
    ids = [journey.villages[code].pk for code in codes or ("pu-char",)]
    return statement_contents(recipient_ids=ids, label="2026Q3", first=FIRST, end=end, at=AT)


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.django_db
class TestContent:
    def test_it_keeps_its_schema(self, journey: Journey) -> None:
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        for content in contents(journey, "pu-char", "o-rona"):
            jsonschema.validate(content, schema)

    def test_money_with_the_community_is_opening_plus_paid_less_spent(self, journey: Journey) -> None:
        (content,) = contents(journey)
        money = content["money"]
        assert money["paid_minor"] == 3_000_000
        assert money["spent_minor"] == sum(row["drawn_minor"] for row in content["spending"])
        assert money["opening_minor"] + money["paid_minor"] - money["spent_minor"] + money["other_minor"] == money["closing_minor"]
        assert money["other_minor"] == 0

    def test_riel_are_those_that_were_paid_out_and_spent(self, journey: Journey) -> None:
        money = contents(journey)[0]["money"]
        assert money["paid_out"] == [{"currency": "KHR", "minor": 123_000_000}]
        assert money["held"] == [{"currency": "KHR", "minor": 123_000_000 - 102_400_000 - 1_000_001}]

    def test_each_share_names_its_sale_and_how_it_came_about(self, journey: Journey) -> None:
        shares = contents(journey)[0]["shares"]
        assert [row["sale"]["reference"] for row in shares] == [journey.sale.reference] * 2
        assert all("60 %" in row["how"]["en"] for row in shares)
        assert all("60 %" in row["how"]["km"] and "ប្រាក់" in row["how"]["km"] for row in shares)
        assert sum(row["amount_minor"] for row in shares) == contents(journey)[0]["money"]["share_minor"] > 0

    def test_a_sale_whose_price_may_not_be_published_is_not_named_beside_its_dollars(self, journey: Journey) -> None:
        Sale.objects.filter(id=journey.sale.pk).update(price_is_public=False)
        (content,) = contents(journey)
        jsonschema.validate(content, json.loads(SCHEMA.read_text(encoding="utf-8")))
        assert [row["sale"] for row in content["shares"]] == [{"reference": None, "date": None, "quantity": None}] * 2
        sold = {journey.sale.reference, f"{journey.sale.quantity:,}", str(journey.sale.quantity)}
        (shown,) = pages(render_statement(content=content, language="en"))
        written = shown + canonical(content) + str(statement_tables(content))
        assert "price may not be published" in shown
        assert not [one for one in sold if one in written]

    def test_the_account_is_masked(self, journey: Journey) -> None:
        number = f"{journey.pu_char.pk:08d}"
        assert contents(journey)[0]["payments"][0]["account"] == f"Wing ···{number[-4:]}"
        assert number not in canonical(contents(journey)[0])

    def test_a_payment_names_who_acknowledged_it(self, journey: Journey) -> None:
        (payment,) = contents(journey)[0]["payments"]
        assert payment["acknowledged"] == {"on": "2026-08-12", "signed_by": "Chan Thy", "also_signed_by": "Sok Mealea"}

    def test_what_was_acknowledged_after_the_end_is_not_acknowledged_yet(self, journey: Journey) -> None:
        assert contents(journey, end=date(2026, 8, 12))[0]["payments"][0]["acknowledged"] is None

    def test_an_advance_past_its_day_is_late_with_what_is_left_of_it(self, journey: Journey) -> None:
        due = date(2026, 8, 10) + timedelta(days=120)
        (late,) = contents(journey, end=due + timedelta(days=9))[0]["late"]
        assert (late["kind"], late["days"]) == ("account", 9)
        assert late["amount_minor"] == contents(journey)[0]["money"]["closing_minor"]

    def test_purchases_without_a_paper_say_so(self, journey: Journey) -> None:
        assert [row["has_evidence"] for row in contents(journey)[0]["spending"]] == [True, False]

    def test_one_community_says_nothing_of_another(self, journey: Journey) -> None:
        both = contents(journey, "pu-char", "o-rona")
        alone = contents(journey, "o-rona")
        assert [content["recipient"]["code"] for content in both] == ["o-rona", "pu-char"]
        assert both[0] == alone[0]
        assert both[0]["payments"] == []

    def test_more_communities_take_no_more_queries(self, journey: Journey) -> None:
        with CaptureQueriesContext(connection) as one:
            contents(journey, "pu-char")
        with CaptureQueriesContext(connection) as three:
            contents(journey, "pu-char", "o-rona", "andoung-kraloeng")
        assert len(three) == len(one)

    def test_the_fingerprint_is_of_the_canonical_text(self, journey: Journey) -> None:
        frozen = freeze_statements(recipient_ids=[journey.pu_char.pk], label="2026Q3", first=FIRST, end=END, at=AT)["pu-char"]
        assert frozen.text == canonical(contents(journey)[0])
        assert frozen.sha256 == digest(frozen.text)


@pytest.mark.django_db
class TestPages:
    def test_it_is_khmer_first_and_then_english(self, journey: Journey) -> None:
        khmer, english = pages(render_statement(content=contents(journey)[0]))
        assert "ប្រាក់កាបូនព្រៃឈើរបស់សហគមន៍យើង" in squeezed(khmer)
        assert "Forest carbon money of our community" in english

    @pytest.mark.parametrize("page", [0, 1])
    def test_every_figure_of_the_content_is_on_both_pages(self, journey: Journey, page: int) -> None:
        (content,) = contents(journey)
        text = squeezed(pages(render_statement(content=content))[page])
        money = content["money"]
        for name in ("share_minor", "paid_minor", "spent_minor", "closing_minor", "at_bank_minor"):
            assert f"{money[name] / 100:,.2f}" in text, name
        for row in (*money["paid_out"], *money["held"]):
            assert f"{row['minor']:,}" in text
        for row in content["spending"]:
            assert f"{row['amount_minor']:,}" in text
        for row in content["shares"]:
            assert f"{row['amount_minor'] / 100:,.2f}" in text

    def test_the_same_content_gives_the_same_bytes(self, journey: Journey) -> None:
        (content,) = contents(journey)
        assert render_statement(content=content) == render_statement(content=json.loads(canonical(content)))

    def test_the_content_is_attached_and_hashes_to_the_printed_code(self, journey: Journey) -> None:
        (content,) = contents(journey)
        pdf = render_statement(content=content)
        with pikepdf.open(io.BytesIO(pdf)) as document:
            attached = document.attachments["statement.json"].get_file().read_bytes()
        assert json.loads(attached) == content
        assert digest(attached.decode())[:16] in squeezed(pages(pdf)[0])

    def test_demonstration_data_says_so_on_both_pages_and_real_data_does_not(self, journey: Journey) -> None:
        (content,) = contents(journey)
        shown = pages(render_statement(content={**content, "demonstration": True}))
        assert "Demonstration data" in shown[1]
        assert "ទិន្នន័យសាកល្បង" in squeezed(shown[0])
        assert "Demonstration" not in pages(render_statement(content={**content, "demonstration": False}))[1]

    def test_money_held_in_two_currencies_is_shown_in_both(self, journey: Journey) -> None:
        (content,) = contents(journey)
        content["money"]["held"] = [{"currency": "KHR", "minor": 4_100_000}, {"currency": "USD", "minor": 50_000}]
        content["money"]["paid_out"] = [{"currency": "KHR", "minor": 8_200_000}, {"currency": "USD", "minor": 70_000}]
        for text in pages(render_statement(content=content)):
            assert "$500.00+4,100,000" in squeezed(text)
            assert "$700.00+8,200,000" in squeezed(text)

    def test_a_hundred_purchases_still_take_two_pages_and_add_up(self, journey: Journey) -> None:
        (content,) = contents(journey)
        row = content["spending"][0]
        content["spending"] = [{**row, "amount_minor": 10_000 + at} for at in range(100)]
        shown = pages(render_statement(content=content))
        assert len(shown) == 2
        assert "1,004,950" in shown[1]

    def test_a_community_without_anything_says_so(self, journey: Journey) -> None:
        (content,) = contents(journey, "o-rona", end=date(2026, 7, 2))
        english = pages(render_statement(content=content))[1]
        for sentence in ("No money was set aside", "Nothing was paid to us", "Nothing was bought", "Nothing is late"):
            assert sentence in english

    def test_a_set_is_one_file_with_a_bookmark_for_each_community(self, journey: Journey) -> None:
        listed = contents(journey, "pu-char", "o-rona")
        with pikepdf.open(io.BytesIO(merge_statements(contents=listed))) as document:
            assert len(document.pages) == 4
            attached = json.loads(document.attachments["statements.json"].get_file().read_bytes())
            with document.open_outline() as outline:
                assert len(outline.root) == 2
        assert attached == listed

    def test_an_empty_set_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no statement"):
            merge_statements(contents=[])

    def test_the_file_is_named_by_community_and_period(self, journey: Journey) -> None:
        assert file_name(content=contents(journey)[0]) == "pu-char-2026Q3.pdf"


@pytest.mark.django_db
class TestPage:
    @pytest.fixture(autouse=True)
    def today(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: AT)
        monkeypatch.setattr(clock, "today", AT.date)

    @pytest.mark.parametrize("period", ["2026Q3", "2026"])
    def test_who_reads_the_books_draws_a_quarter_or_a_year(self, journey: Journey, client: Client, period: str) -> None:
        client.force_login(journey.officer)
        answer = client.get(reverse("reports:statement", args=["pu-char", period]))
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert "30,000.00" in pages(answer.content)[1]

    def test_a_sheet_that_is_not_kept_leads_to_no_page_that_would_not_know_it(self, journey: Journey) -> None:
        (content,) = contents(journey)
        kept = statement_contents(
            recipient_ids=[journey.pu_char.pk], label="2026Q3", first=FIRST, end=END, at=AT, verify_address="https://example.org/verify"
        )[0]
        assert "genuine" not in pages(render_statement(content=content))[1]
        assert f"https://example.org/verify/{digest(canonical(kept))[:16]}" in pages(render_statement(content=kept))[1]

    def test_the_same_figures_come_as_tables_which_lead_to_no_verification(self, journey: Journey, client: Client) -> None:
        client.force_login(journey.officer, backend="django.contrib.auth.backends.ModelBackend")
        page = reverse("reports:statement", args=["pu-char", "2026Q3"])
        begins = {"xlsx": b"PK", "csv": b"PK", "json": b"{"}
        for form, first in begins.items():
            answer = client.get(page, {"as": form})
            assert (answer.status_code, answer.content[: len(first)]) == (200, first)
        assert json.loads(answer.content)["verify_address"] is None
        assert client.get(page, {"as": "exe"}).status_code == 422

    @pytest.mark.parametrize(("code", "period", "status"), [("nobody", "2026Q3", 404), ("pu-char", "2026-13", 422), ("pu-char", "2027", 422)])
    def test_what_cannot_be_drawn_is_refused(self, journey: Journey, client: Client, code: str, period: str, status: int) -> None:
        client.force_login(journey.officer)
        assert client.get(reverse("reports:statement", args=[code, period])).status_code == status

    def test_others_find_nothing_there(self, journey: Journey, client: Client) -> None:
        client.force_login(journey.administrator)
        assert client.get(reverse("reports:statement", args=["pu-char", "2026Q3"])).status_code == 404


def test_amounts_are_written_as_people_say_them() -> None:
    from core.money import Money

    assert [said(Money(125_000, "USD"), "en"), said(Money(5_000_000, "KHR"), "km"), said(Money(-100, "USD"), "en")] == [
        "$1,250.00",
        "5,000,000 ៛",
        "−$1.00",
    ]
