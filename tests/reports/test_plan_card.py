"""The plan card: what it says, to whom, and that it stays on one sheet of A4."""

from __future__ import annotations

import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from communities.registry.models import Assignment, IndicatorSnapshot, IndicatorValue, Recipient, Village
from core.people.models import Role, User
from reports.plan_card import plan_card, runs_of
from revenue.sharing.models import Pot
from tests.conftest import find_chromium
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, PLAN, WITHHOLDING, Stage, liaison

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("core.clock.now", lambda: datetime.fromisoformat("2026-06-15T09:00:00+07:00"))
    return Stage()


def said(recipient: Recipient, language: str = "en") -> str:
    """Everything the newest card of a recipient says in one language."""
    card = plan_card(recipient=recipient, run=next(iter(runs_of(recipient=recipient)), None), on=TODAY)
    texts: list[str] = []
    for answer in card.answers:
        texts.append(getattr(answer.question, language))
        texts += [f"{part.amount} {getattr(part.what, language)} {getattr(part.why, language)}" for part in answer.parts]
        texts += [getattr(sentence, language) for sentence in answer.sentences]
    return "\n".join(texts)


def get(person: User | None, recipient: Recipient, **asked: str) -> Any:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client.get(reverse("reports:plan_card", args=[recipient.pk]), asked)


def test_it_says_how_much_was_sold_and_came_in(stage: Stage) -> None:
    stage.shared(1_000_000)
    type(stage.sale).objects.filter(pk=stage.sale.pk).update(price_is_public=True)
    assert "100,000 tonnes of carbon were sold at USD 10 each: 1,000,000.00 USD in all" in said(stage.pu_char)
    assert "10,000.00 USD of it came in on 1 February 2026" in said(stage.pu_char)


def test_of_a_sale_whose_price_is_not_public_it_says_only_what_came_in(stage: Stage) -> None:
    stage.shared(1_000_000)
    card = said(stage.pu_char)
    assert "10,000.00 USD came in on 1 February 2026" in card
    assert "does not let the price or the total be published" in card
    assert not any(hidden in card for hidden in ("100,000 tonnes", "1,000,000.00", "USD 10 each"))


def test_it_says_what_was_taken_off_and_why(stage: Stage) -> None:
    stage.shared(1_000_000)
    assert "1,000.00 USD Operating costs From the money received, Operating costs gets 10 % of the gross receipt." in said(stage.pu_char)
    assert "500.00 USD Reserve" in said(stage.pu_char)


def test_it_says_our_share_and_the_count_behind_it(stage: Stage) -> None:
    stage.shared(1_000_000)
    assert "1,530.00 USD Community development 60 % of the money received" in said(stage.pu_char)
    assert "number of households here: 30" in said(stage.pu_char)
    assert "Counted on 1 January 2026; source: A count." in said(stage.pu_char)


def test_counts_of_several_days_each_say_their_own(stage: Stage) -> None:
    stage.approved(PLAN.replace("by: households", "by: households × score").replace("2026-01-01", "2026-02-01"))
    sheet = IndicatorSnapshot.objects.create(
        code="scores", as_of=date(2026, 1, 20), source="The patrol book", recorded_by=stage.officer, recorded_at=AT
    )
    for village in Village.objects.filter(cover__recipient__in=[stage.pu_char, stage.pu_ngav]):
        IndicatorValue.objects.create(snapshot=sheet, village=village, indicator="score", value=2)
    stage.shared(on=date(2026, 2, 2))
    assert "households here: 30 (counted on 1 January 2026); score here: 2 (counted on 20 January 2026)" in said(stage.pu_char)
    assert "The patrol book" not in said(stage.pu_char)


def test_it_says_the_same_in_khmer(stage: Stage) -> None:
    stage.shared(1_000_000)
    told = said(stage.pu_char, "km")
    assert "1,530.00 USD អភិវឌ្ឍន៍សហគមន៍" in told
    assert "ចំនួនគ្រួសារ នៅទីនេះ៖ 30" in told


def test_it_says_when_the_plan_promises_it(stage: Stage) -> None:
    Pot.objects.filter(code="community").update(deadline_days=60)
    stage.shared(1_000_000)
    assert "Community development: the plan promises it by 2 April 2026." in said(stage.pu_char)


def test_it_says_that_money_is_held_back_and_why(stage: Stage) -> None:
    stage.approved(WITHHOLDING.replace("2026-01-01", "2026-02-01"))
    stage.shared(1_000_000, date(2026, 3, 1))
    assert "Community development: held back for now. Still missing: account opened." in said(stage.pu_char)


def test_what_was_paid_stands_on_it_with_its_reference(stage: Stage) -> None:
    stage.shared(1_000_000)
    paid = stage.paid(local_minor=4_100_000, local_currency="KHR", rate="4100")
    assert f"4,100,000 KHR paid on 5 March 2026, reference {paid.bank_reference}" in said(stage.pu_char)


def test_riel_are_at_the_rate_of_the_last_payment_in_riel(stage: Stage) -> None:
    stage.shared(1_000_000)
    assert "riel" not in said(stage.pu_char)
    stage.paid(local_minor=4_100_000, local_currency="KHR", rate="4100")
    assert "1,530.00 USD, about 6,273,000 riel at 4100, the rate of the last payment in riel (5 March 2026)" in said(stage.pu_char)


def test_the_account_is_masked(stage: Stage) -> None:
    stage.shared()
    account = stage.pu_ngav.accounts.get()
    page = get(stage.officer, stage.pu_ngav).content.decode()
    assert f"{account}, Pu Ngav" in said(stage.pu_ngav)
    assert "Wing ···" in page
    assert account.account_number not in page


def test_it_says_how_to_complain_and_to_whom(stage: Stage) -> None:
    person = liaison()
    Assignment.objects.create(person=person, recipient=stage.pu_char, from_date=date(2026, 1, 1))
    assert f"the community liaison ({person.full_name})" in said(stage.pu_char)


def test_who_was_never_given_a_share_is_told_so(stage: Stage) -> None:
    assert "No receipt has been shared with you yet." in said(stage.pu_char)


def test_readers_and_the_liaison_of_the_recipient_may_open_it(stage: Stage) -> None:
    stage.shared()
    person = liaison()
    Assignment.objects.create(person=person, recipient=stage.pu_char, from_date=date(2026, 1, 1))
    assert get(person, stage.pu_char).status_code == 200
    assert get(person, stage.pu_ngav).status_code == 404
    assert get(office.person(Role.AUDITOR), stage.pu_ngav).status_code == 200
    assert get(office.person(Role.ADMINISTRATOR), stage.pu_char).status_code == 404
    assert get(None, stage.pu_char).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "shown", "hidden"), [("km", "តើលក់បានប៉ុន្មាន?", "How much was the sale?"), ("en", "How much was the sale?", "តើលក់បានប៉ុន្មាន?")]
)
def test_it_is_shown_in_one_language_or_in_both(stage: Stage, wanted: str, shown: str, hidden: str) -> None:
    stage.shared()
    both = get(stage.officer, stage.pu_char).content.decode()
    assert shown in both
    assert hidden in both
    one = get(stage.officer, stage.pu_char, **{"in": wanted}).content.decode()
    assert shown in one
    assert hidden not in one


def test_a_receipt_that_was_not_shared_with_it_is_not_found(stage: Stage) -> None:
    stage.shared()
    assert get(stage.officer, stage.pu_char, receipt="RC-0000").status_code == 404


def with_charges(count: int) -> str:
    """Return the plan with so many more charges, each with a long name and a long clause."""
    pots = [
        f"  - {{code: cost_{n}, title: {{en: A long name of charge number {n}, km: ឈ្មោះវែងនៃការកាត់លេខ {n}}}, purpose: costs}}\n" for n in range(count)
    ]
    steps = [
        f"  - {{charge: cost_{n}, from: receipt, take: 2 % of gross, clause: Article {n} of the long decision about charges}}\n" for n in range(count)
    ]
    text = PLAN.replace("2026-01-01", "2026-02-01")
    return text.replace("pots:\n", "pots:\n" + "".join(pots)).replace("steps:\n", "steps:\n" + "".join(steps))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("charges", "wanted"), [(0, "both"), (1, "both"), (2, "both"), (3, "both"), (8, "both"), (2, "km"), (8, "km"), (0, "en"), (8, "en")]
)
def test_it_is_exactly_one_sheet_of_a4(stage: Stage, tmp_path: Path, charges: int, wanted: str) -> None:
    stage.approved(with_charges(charges) + "# the next version\n")
    stage.shared(50_000_000, date(2026, 2, 2))
    type(stage.sale).objects.filter(pk=stage.sale.pk).update(price_is_public=True)
    for _payment in range(4):
        stage.paid(local_minor=4_100_000, local_currency="KHR", rate="4100")
    html = get(stage.officer, stage.pu_char, **{"in": wanted}).content.decode()
    with pypdfium2.PdfDocument(printed_by_chromium(html, tmp_path)) as document:
        assert [[round(side) for side in page.get_size()] for page in document] in ([[595, 842]], [[594, 842]], [[595, 841]])


def printed_by_chromium(html: str, folder: Path) -> bytes:
    """Print a page as a browser does, with its own style sheets."""
    styles = "".join(f"<style>{Path(str(finders.find(name))).read_text()}</style>" for name in ("house.css", "plans.css"))
    (folder / "card.html").write_text(html.replace("</head>", f"{styles}</head>"))
    chromium = find_chromium()
    assert chromium
    # Not through the test's own connection: Chromium alone, in a process of its own.
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer"]
    subprocess.run([*command, f"--print-to-pdf={folder}/card.pdf", f"file://{folder}/card.html"], check=True, capture_output=True, timeout=60)
    return (folder / "card.pdf").read_bytes()
