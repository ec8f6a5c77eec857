"""An independent check: some payments drawn by lot, and what the villages answered."""

from __future__ import annotations

from datetime import date
from typing import Final

from communities.callbacks import services
from communities.callbacks.models import Answer, Sample, SampledPayment
from config.demonstration.acts import form_key
from config.demonstration.office import Office
from config.demonstration.unusual.example import ACCEPTED_AT, LATER_AT, LOGGED_AT, Example, at_hour

DRAWN, ASKED = date(2026, 11, 16), date(2026, 11, 18)
SIZE: Final = 5
KEY: Final = form_key(key="X-SAMPLE")


def draw_and_ask(office: Office) -> None:
    """Of October's payments some are drawn: one village was not reached, one says that nothing came, one waits, the others agree."""
    sample = services.draw_sample(
        client_key=KEY, first_day=date(2026, 10, 1), end_day=date(2026, 11, 1), size=SIZE, by=office.officer, at=at_hour(DRAWN, LOGGED_AT, "X-SAMPLE"),
        seed="demonstration",
    )  # fmt: skip
    for place, item in enumerate(sample.payments.select_related("payment").order_by("position")[: SIZE - 1]):
        services.ask_person(
            item_id=item.pk, person_id=office.second_officer.pk, by=office.officer, at=at_hour(DRAWN, ACCEPTED_AT, str(item.position))
        )
        _answer(office, item, place)


def _answer(office: Office, item: SampledPayment, place: int) -> None:
    is_reached, came = place != 0, place != 1
    payment = item.payment
    services.record_answer(
        client_key=form_key(key=f"X-ANSWER-{item.position}"), item_id=item.pk, channel=Answer.Channel.CALL, asked_on=ASKED, was_reached=is_reached,
        was_received=came if is_reached else None,
        amount_minor=payment.local_minor if is_reached and came else None, currency=payment.local_currency if is_reached and came else "",
        spoken_to="a villager who did not sign" if is_reached else "",
        words="" if is_reached and came else "They have seen no money yet." if is_reached else "The telephone was off, three times.",
        by=office.second_officer, at=at_hour(ASKED, LATER_AT, str(item.position)),
    )  # fmt: skip


EXAMPLES: Final = (Example(lambda: Sample.objects.filter(client_key=KEY).exists(), draw_and_ask),)
