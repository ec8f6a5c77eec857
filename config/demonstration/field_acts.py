"""What one quarter's files say of spending and trainings, as acts of those who log and of the office that checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from zlib import crc32

from communities.spending import services
from communities.spending.models import Evidence, SpendingRecord, TrainingRecord
from communities.spending.services.evidence import Photo
from config.demonstration.acts import (
    ANSWERED,
    ASKED,
    LOGGED,
    PHOTOGRAPHED,
    REVIEWED,
    Act,
    Row,
    day_in,
    form_key,
    minor,
    moment,
    table,
)
from config.demonstration.money_acts import statement_day
from config.demonstration.office import Office
from config.demonstration.receipts import ReceiptRecord, attendance_image, receipt_image, result_image
from core.people.models import User
from revenue.disbursements.models import Disbursement

TRAINING_WORDS: Final = {
    "QUERIED": "The list shows one day. Was it held on the other days too?",
    "REFUSED": "This training is in the records of another partner already.",
}


@dataclass(frozen=True, slots=True)
class FieldActs:
    """The acts of one quarter's spending records and trainings."""

    office: Office
    quarter: str

    def all(self) -> Iterator[Act]:
        for row in table(f"history/{self.quarter}/spending.csv"):
            yield from self._spending(row)
        for row in table(f"history/{self.quarter}/training.csv"):
            yield from self._training(row)

    def _spending(self, row: Row) -> Iterator[Act]:
        """Yield the record, its photo of the result, and what was said about it."""
        key, logged = row["key"], day_in(row["logged_on"])
        asked, decided = self._days(row)
        steps = [("log", logged, LOGGED, self._log)]
        if "photo" in row["evidence"]:
            steps.append(("photo", logged, PHOTOGRAPHED, self._photograph))
        if row["said"] and row["status"] != "REFUSED":
            steps.append(("ask", asked, ASKED, self._ask))
        if row["answer"]:
            steps.append(("answer", decided, ANSWERED, self._answer))
        if row["status"] in ("ACCEPTED", "REFUSED"):
            steps.append(("decide", decided, REVIEWED, self._decide))
        for name, day, minutes, do in steps:
            at = moment(day=day, minutes=minutes, key=key)
            yield Act(f"{name}:{key}", at, partial(do, row, at=at), row["recipient"][:2])

    def _days(self, row: Row) -> tuple[date, date]:
        """Return when the office asked (the files do not say: soon after the record came) and when it decided."""
        logged = day_in(row["logged_on"])
        decided = day_in(row["decided_on"]) if row["decided_on"] else statement_day(self.quarter)
        return min(logged + timedelta(days=1), decided), decided

    def _log(self, row: Row, *, at: datetime) -> None:
        currency = row["currency"]
        services.log_spending(
            client_key=form_key(key=row["key"]),
            recipient_id=self.office.recipients[row["recipient"]].pk,
            category_id=self.office.categories[row["category"]],
            disbursement_id=Disbursement.objects.values_list("id", flat=True).get(reference=row["disbursement"]),
            spent_on=day_in(row["spent_on"]),
            amount_minor=minor(row["amount"], currency),
            other_minor=minor(row["other_amount"], currency),
            currency=currency,
            payee=row["payee"],
            description=row["description"],
            women=int(row["women"]),
            men=int(row["men"]),
            youth=int(row["youth"]),
            indigenous=int(row["indigenous"]),
            photos=[self._receipt_of(row)] if "receipt" in row["evidence"] else [],
            by=self.office.logger(row["recipient"]),
            at=at,
        )

    def _receipt_of(self, row: Row) -> Photo:
        record = ReceiptRecord(
            key=row["key"],
            day=row["spent_on"],
            amount_minor=minor(row["amount"], row["currency"]),
            currency=row["currency"],
            payee=row["payee"],
            description=row["description"],
            paid_by=self.office.recipients[row["recipient"]].name,
        )
        return receipt_image(record), "image/jpeg", f"receipt-{row['key']}.jpg"

    def _photograph(self, row: Row, *, at: datetime) -> None:
        place = self.office.recipients[row["recipient"]].name
        drawn = result_image(key=row["key"], words=row["description"], place=place, day=row["spent_on"])
        services.add_evidence(
            record_id=_record(row),
            photos=[(drawn, "image/jpeg", f"result-{row['key']}.jpg")],
            kind=Evidence.Kind.PHOTO,
            by=self.office.logger(row["recipient"]),
            at=at,
        )

    def _ask(self, row: Row, *, at: datetime) -> None:
        services.query_spending(record_id=_record(row), words=row["said"], by=self._checker(row), at=at)

    def _answer(self, row: Row, *, at: datetime) -> None:
        services.answer_query(record_id=_record(row), words=row["answer"], by=self.office.logger(row["recipient"]), at=at)

    def _decide(self, row: Row, *, at: datetime) -> None:
        if row["status"] == "ACCEPTED":
            services.accept_spending(record_id=_record(row), by=self._checker(row), at=at, on=day_in(row["decided_on"]))
        else:
            services.refuse_spending(record_id=_record(row), words=row["said"], by=self._checker(row), at=at)

    def _checker(self, row: Row) -> User:
        """Return which of the two officers checks a record: always the same."""
        return self.office.second_officer if crc32(row["key"].encode()) % 3 else self.office.officer

    def _training(self, row: Row) -> Iterator[Act]:
        key, logged, lane = row["key"], day_in(row["logged_on"]), row["recipient"][:2]
        at = moment(day=logged, minutes=LOGGED, key=key)
        yield Act(f"log:{key}", at, partial(self._log_training, row, at=at), lane)
        if row["status"] == "ACCEPTED":
            at = moment(day=day_in(row["decided_on"]), minutes=REVIEWED, key=key)
            yield Act(f"decide:{key}", at, partial(self._accept_training, row, at=at), lane)
        elif row["status"] in TRAINING_WORDS:
            at = moment(day=logged + timedelta(days=1), minutes=REVIEWED, key=key)
            step = "ask" if row["status"] == "QUERIED" else "decide"
            yield Act(f"{step}:{key}", at, partial(self._doubt_training, row, at=at), lane)

    def _log_training(self, row: Row, *, at: datetime) -> None:
        women, men = int(row["women"]), int(row["men"])
        photos: list[Photo] = []
        if row["evidence"]:
            drawn = attendance_image(key=row["key"], topic=row["topic"], place=row["place"], day=row["first_day"], women=women, men=men)
            photos = [(drawn, "image/jpeg", f"attendance-{row['key']}.jpg")]
        services.log_training(
            client_key=form_key(key=row["key"]),
            recipient_id=self.office.recipients[row["recipient"]].pk,
            topic=row["topic"],
            trainer=row["trainer"],
            place=row["place"],
            first_day=day_in(row["first_day"]),
            days=int(row["days"]),
            women=women,
            men=men,
            photos=photos,
            by=self.office.logger(row["recipient"]),
            at=at,
        )

    def _doubt_training(self, row: Row, *, at: datetime) -> None:
        number = TrainingRecord.objects.values_list("id", flat=True).get(client_key=form_key(key=row["key"]))
        say = services.query_training if row["status"] == "QUERIED" else services.refuse_training
        say(record_id=number, words=TRAINING_WORDS[row["status"]], by=self.office.second_officer, at=at)

    def _accept_training(self, row: Row, *, at: datetime) -> None:
        number = TrainingRecord.objects.values_list("id", flat=True).get(client_key=form_key(key=row["key"]))
        services.accept_training(record_id=number, by=self.office.second_officer, at=at)


def _record(row: Row) -> int:
    return SpendingRecord.objects.values_list("id", flat=True).get(client_key=form_key(key=row["key"]))
