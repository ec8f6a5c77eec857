"""Draw a sample of payments."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from communities.callbacks.drawing import draw
from communities.callbacks.models import Sample, SampledPayment
from communities.callbacks.refusals import NotFilledIn, NothingToDraw
from core.audit.services import record
from core.clock import day_of
from core.people.access import OFFICERS, require_role
from core.people.models import User
from revenue.disbursements.models import Payment

LARGEST = 1000


@transaction.atomic
def draw_sample(
    *, client_key: UUID, first_day: date, end_day: date, size: int, by: User, at: datetime, project_id: int | None = None, seed: str = ""
) -> Sample:
    """
    Draw ``size`` of the payments made from first_day up to but not including end_day, of one project or all, at random.

    The seed is new unless one is given (to show a draw again); it is kept with everything that was drawn from. No draw
    is ever replaced: a second one stands beside the first. The same form twice is one draw.

    :raises NotFilledIn: if the days or the size cannot be right
    :raises NothingToDraw: if nothing was paid in that time
    """
    require_role(person=by, roles=OFFICERS)
    before = Sample.objects.filter(client_key=client_key).first()
    if before is not None:
        return before
    if end_day <= first_day:
        raise NotFilledIn(_("The last day is not after the first."), field="end_day")
    if first_day > day_of(at):
        raise NotFilledIn(_("This day has not come yet."), field="first_day", next_step=_("Choose today or an earlier day."))
    if not 1 <= size <= LARGEST:
        raise NotFilledIn(_("A sample has 1 to %(most)d payments.") % {"most": LARGEST}, field="size")
    frame = _frame(first_day=first_day, end_day=end_day, project_id=project_id)
    if not frame:
        raise NothingToDraw(_("Nothing was paid in that time."), field="first_day", next_step=_("Choose other days, or another project."))
    strata: dict[str, list[str]] = {}
    for payment_id, stratum in frame:
        strata.setdefault(str(stratum), []).append(str(payment_id))
    chosen_seed = seed or secrets.token_hex(16)
    drawn = draw(frame=strata, size=size, seed=chosen_seed)
    sha256 = hashlib.sha256(frame_text(frame).encode()).hexdigest()
    values = {
        "project_id": project_id, "first_day": first_day, "end_day": end_day, "size": len(drawn), "frame": frame, "frame_sha256": sha256,
        "seed": chosen_seed, "drawn_by": by, "drawn_at": at,
    }  # fmt: skip
    sample, is_new = Sample.objects.get_or_create(client_key=client_key, defaults=values)
    if not is_new:
        return sample  # the same form, sent at the same moment, was faster
    SampledPayment.objects.bulk_create(
        SampledPayment(sample=sample, payment_id=int(one.key), stratum=one.stratum, position=one.position) for one in drawn
    )
    after = {
        "seed": chosen_seed,
        "frame_sha256": sha256,
        "of": len(frame),
        "size": len(drawn),
        "first_day": first_day.isoformat(),
        "end_day": end_day.isoformat(),
    }
    record(act="check.draw", subject=f"sample:{sample.pk}", by=by, at=at, after=after)
    return sample


def _frame(*, first_day: date, end_day: date, project_id: int | None) -> list[list[object]]:
    """Return every payment that stands, with its project as stratum, in the order of their numbers."""
    paid = Payment.objects.filter(status=Payment.Status.PAID, paid_on__gte=first_day, paid_on__lt=end_day)
    if project_id is not None:
        paid = paid.filter(disbursement__project_id=project_id)
    return [[pk, code] for pk, code in paid.order_by("pk").values_list("pk", "disbursement__project__code")]


def frame_text(frame: Sequence[object]) -> str:
    """Return the text whose sha256 is kept: the frame as JSON without spaces."""
    return json.dumps(frame, separators=(",", ":"))
