"""The independent check: payments drawn at random, asked about by people who had no hand in them, and the match rate."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from communities.callbacks import access, queries, services
from communities.callbacks.models import Answer, Sample, SampledPayment
from communities.callbacks.recordings import read_recording
from communities.callbacks.refusals import NotFilledIn, NotFoundHere, NothingToDraw, NotIndependent
from core.audit.models import AuditRecord
from core.files import NotAcceptable
from core.people.access import NotYours
from core.people.models import Role
from revenue.ledger import checks
from tests.communities.consenting import AT, Community
from tests.constraints.test_credits_rules import refused, run
from tests.revenue import credits_office as office

pytestmark = pytest.mark.django_db
FIRST, END = date(2026, 3, 1), date(2026, 4, 1)
ASKED = date(2026, 4, 10)


class Checked(Community):
    """Two payments to Pu Char and one to Pu Ngav, made by the officer and the approver; two people had no hand in them."""

    def __init__(self) -> None:
        super().__init__()
        self.shared()
        for community, amount in ((self.pu_char, 1_000), (self.pu_char, 2_000), (self.pu_ngav, 3_000)):
            self.paid(self.promised(community, amount))
        self.other = office.person(Role.LIAISON, "vuthy")

    def sample(self, **other: Any) -> Sample:
        facts: dict[str, Any] = {"client_key": uuid4(), "first_day": FIRST, "end_day": END, "size": 3, "by": self.approver, "at": AT, **other}
        return services.draw_sample(**facts)

    def item(self, sample: Sample, amount: int = 1_000) -> SampledPayment:
        return sample.payments.get(payment__amount_minor=amount)

    def answer(self, item: SampledPayment, **other: Any) -> Answer:
        facts: dict[str, Any] = {
            "client_key": uuid4(), "channel": "CALL", "asked_on": ASKED, "was_reached": True, "was_received": True,
            "amount_minor": item.payment.local_minor, "currency": "USD", "spoken_to": "The treasurer", "by": self.second, "at": AT,
        }  # fmt: skip
        return services.record_answer(item_id=item.pk, **{**facts, **other})


@pytest.fixture
def there() -> Checked:
    return Checked()


def test_a_sample_is_kept_with_its_seed_and_can_be_drawn_again(there: Checked) -> None:
    key = uuid4()
    sample = there.sample(size=2, client_key=key)
    assert (sample.size, len(sample.frame), sample.payments.count()) == (2, 3, 2)
    assert len(sample.seed) == 32
    assert queries.is_drawn_from_its_seed(sample)
    assert there.sample(size=2, client_key=key) == sample
    again = there.sample(size=2, seed=sample.seed)
    assert list(again.payments.values_list("payment_id", flat=True)) == list(sample.payments.values_list("payment_id", flat=True))
    assert AuditRecord.objects.filter(act="check.draw", subject=f"sample:{sample.pk}").exists()
    assert not list(checks.run(["callbacks.samples"]))


def test_the_books_check_finds_a_sample_that_its_seed_does_not_draw(there: Checked) -> None:
    sample = there.sample(size=1, seed="x")
    Sample.objects.create(
        client_key=uuid4(), first_day=FIRST, end_day=END, size=3, frame=sample.frame, frame_sha256=sample.frame_sha256, seed="y",
        drawn_by=there.approver, drawn_at=AT,
    )  # fmt: skip
    assert len(list(checks.run(["callbacks.samples"]))) == 1


def test_officers_draw_and_nobody_else(there: Checked) -> None:
    for person in (there.auditor, there.liaison):
        with pytest.raises(NotYours):
            there.sample(by=person)


@pytest.mark.parametrize(
    ("wrong", "field"), [({"end_day": FIRST}, "end_day"), ({"size": 0}, "size"), ({"size": 1001}, "size"), ({"first_day": date(2030, 1, 1), "end_day": date(2030, 2, 1)}, "first_day")]
)  # fmt: skip
def test_a_draw_that_cannot_be_right_is_refused_at_its_field(there: Checked, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(NotFilledIn) as refusal:
        there.sample(**wrong)
    assert refusal.value.field == field


def test_a_time_without_payments_has_nothing_to_draw(there: Checked) -> None:
    with pytest.raises(NothingToDraw):
        there.sample(first_day=date(2026, 1, 1), end_day=date(2026, 2, 1))


def test_nobody_who_had_a_hand_in_a_payment_or_helps_the_community_asks(there: Checked) -> None:
    sample = there.sample()
    item = there.item(sample)
    for person in (there.officer, there.approver):
        with pytest.raises(NotIndependent, match="had a hand"):
            there.answer(item, by=person)
        with pytest.raises(NotIndependent):
            services.ask_person(item_id=item.pk, person_id=person.pk, by=there.approver, at=AT)
    with pytest.raises(NotIndependent, match="helps this community"):
        services.ask_person(item_id=item.pk, person_id=there.liaison.pk, by=there.approver, at=AT)
    with pytest.raises(NotFilledIn):
        services.ask_person(item_id=item.pk, person_id=there.auditor.pk, by=there.approver, at=AT)
    there.acknowledged(item.payment, by=there.second)
    item = there.item(sample)
    with pytest.raises(NotIndependent):
        there.answer(item)
    assert not Answer.objects.exists()


def test_a_liaison_answers_only_what_they_were_sent_to_ask(there: Checked) -> None:
    item = there.item(there.sample())
    with pytest.raises(NotFoundHere):
        there.answer(item, by=there.other)
    services.ask_person(item_id=item.pk, person_id=there.other.pk, by=there.approver, at=AT)
    assert [one.pk for one in access.items_of(person=there.other)] == [item.pk]
    assert there.answer(item, by=there.other).recorded_by == there.other
    services.ask_person(item_id=item.pk, person_id=there.second.pk, by=there.approver, at=AT)
    assert not access.items_of(person=there.other).exists()


def test_the_match_rate_counts_what_the_villages_say(there: Checked) -> None:
    sample = there.sample()
    assert queries.match_rate_of(sample).percent == ""
    there.answer(there.item(sample))
    there.answer(there.item(sample, 2_000), amount_minor=1_500)
    there.answer(there.item(sample, 3_000), was_reached=False)
    rate = queries.match_rate_of(sample)
    assert (rate.drawn, rate.reached, rate.matched, rate.other_amount, rate.percent) == (3, 2, 1, 1, "50.0")
    there.answer(there.item(sample, 3_000), was_received=False, amount_minor=None)
    # The same number of riel is not the same amount.
    there.answer(there.item(sample), currency="KHR")
    rate = queries.match_rate_of(sample)
    assert (rate.reached, rate.matched, rate.other_amount, rate.not_received, rate.percent) == (3, 0, 2, 1, "0.0")


def test_what_came_of_many_samples_is_read_at_once(there: Checked, django_assert_num_queries: Any) -> None:
    there.answer(there.item(there.sample()))
    there.sample(size=1)
    with django_assert_num_queries(2):
        rates = [queries.match_rate_of(sample) for sample in queries.with_checks(Sample.objects.order_by("id"))]
    assert rates == [queries.match_rate_of(sample) for sample in Sample.objects.order_by("id")]


def test_a_payment_in_two_samples_is_counted_once_by_its_answer(there: Checked) -> None:
    first, second = there.sample(), there.sample()
    there.answer(there.item(first))
    there.answer(there.item(second), was_reached=False)
    there.answer(there.item(second, 3_000), amount_minor=None)
    rate = queries.match_rate(first=FIRST, end=END)
    assert (rate.drawn, rate.reached, rate.matched, rate.no_amount) == (3, 2, 1, 1)
    assert queries.match_rate(first=FIRST, end=END, project_id=0).drawn == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"channel": "LETTER"}, "channel"),
        ({"asked_on": date(2026, 3, 1)}, "asked_on"),
        ({"asked_on": date(2030, 1, 1)}, "asked_on"),
        ({"was_received": None}, "was_received"),
        ({"spoken_to": " "}, "spoken_to"),
        ({"was_received": False}, "amount"),
        ({"amount_minor": 10**16}, "amount"),
        ({"currency": "XXX"}, "amount"),
    ],
)
def test_an_answer_that_cannot_be_right_is_refused_at_its_field(there: Checked, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(NotFilledIn) as refusal:
        there.answer(there.item(there.sample()), **wrong)
    assert refusal.value.field == field


def test_the_same_form_twice_is_one_answer(there: Checked) -> None:
    item, key = there.item(there.sample()), uuid4()
    assert there.answer(item, client_key=key) == there.answer(item, client_key=key)
    assert Answer.objects.count() == 1


def test_a_voice_recording_is_judged_by_its_first_bytes() -> None:
    assert read_recording(upload=io.BytesIO(b"OggS" + b"0" * 50))[1] == "audio/ogg"
    assert read_recording(upload=io.BytesIO(b"\0\0\0\x18ftypM4A " + b"0" * 50))[1] == "audio/mp4"
    for data in (b"", b"<html>", b"RIFF0000AVI "):
        with pytest.raises(NotAcceptable):
            read_recording(upload=io.BytesIO(data))


def test_the_database_keeps_every_draw_and_answer_and_who_may_ask(there: Checked) -> None:
    sample = there.sample()
    item = there.item(sample)
    said = there.answer(item)
    services.ask_person(item_id=item.pk, person_id=there.second.pk, by=there.approver, at=AT)
    for table in ("sample", "sampledpayment", "asking", "answer"):
        with pytest.raises(Exception, match="append-only|permission denied"):
            with_savepoint(f"UPDATE callbacks_{table} SET id = id")
        with pytest.raises(Exception, match="append-only|permission denied"):
            with_savepoint(f"DELETE FROM callbacks_{table}")
    for person in (there.officer, there.approver, there.liaison):
        with refused("callbacks_answer_independent"):
            copied(said, recorded_by=person).save(force_insert=True)
    for change, rule in (
        ({"spoken_to": ""}, "answer_by_somebody"),
        ({"was_reached": False}, "answer_by_somebody"),
        ({"currency": ""}, "answer_amount_whole"),
        ({"was_received": False}, "answer_amount_whole"),
    ):
        with refused(rule):
            copied(said, **change).save(force_insert=True)
    with refused("sampled_payment_once"):
        SampledPayment.objects.create(sample=sample, payment=item.payment, stratum="x", position=99)
    for change, rule in (
        ({"end_day": FIRST}, "sample_days_in_order"),
        ({"size": 0}, "sample_is_of_something"),
        ({"seed": ""}, "sample_has_seed"),
    ):
        with refused(rule):
            copied(sample, **change).save(force_insert=True)
    empty = copied(sample)
    empty.save(force_insert=True)
    facts = {"sample": empty, "stratum": "x", "position": 1}
    SampledPayment.objects.create(payment=item.payment, **facts)
    with refused("sampled_position_once"):
        SampledPayment.objects.create(payment=there.item(sample, 2_000).payment, **facts)


def copied(row: Any, **changes: Any) -> Any:
    """Return an unsaved row like this one, with some columns changed."""
    again = type(row).objects.get(pk=row.pk)
    again.pk, again.client_key = None, uuid4()
    for name, value in changes.items():
        setattr(again, name, value)
    return again


def with_savepoint(sql: str) -> None:
    with transaction.atomic():
        run(sql)
