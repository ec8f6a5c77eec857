"""Hold back what a plan set aside for a community that does not consent any more, and let it go when it consents again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.consent.models import Consent, Withholding
from communities.consent.queries import standing_consents, unpaid_after_consent
from communities.consent.queries.unpaid import Part
from communities.consent.refusals import NoConsent, NotFilledIn, NothingToWithhold, NotPossible
from core.audit.services import record
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.services import lock_places, post, retry_on_deadlock, reverse
from revenue.sharing.models import Pot
from revenue.sharing.places import pot_place, withheld_place


@retry_on_deadlock
@transaction.atomic
def withhold_unpaid(*, consent_id: int, by: User, at: datetime, day: date) -> Withholding:
    """
    Move what lies unpaid for a community from its pots into what is withheld, in one entry posted on ``day``.

    Only money that the refused plan version set aside; what is committed to a disbursement is cancelled first.

    :raises NothingToWithhold: if nothing lies there, or the community consents again
    """
    require_role(person=by, roles=MAKERS)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("recipient", "plan_version__project").get(pk=consent_id)
    places = _places(consent, _parts(consent))
    lock_places(places=[place for pair in places.values() for place in pair])
    # Somebody may have paid or withheld some of it while we waited for the places.
    parts = [part for part in _parts(consent) if (part.bank, part.pot, part.currency) in places]
    currencies = sorted({part.currency for part in parts})
    if not parts:
        raise _nothing(consent)
    chosen = [part for part in parts if part.currency == currencies[0]]
    entry = post(
        event=chart.REALLOCATE,
        day=day,
        rows=[Row(*places[part.bank, part.pot, part.currency], part.amount_minor, part.tranche_id) for part in chosen],
        key=f"withhold:{consent.pk}:{consent.withholdings.count() + 1}",
        document=f"consent-{consent.pk}",
        by_id=by.pk,
    )
    held = Withholding.objects.create(
        consent=consent, amount_minor=sum(part.amount_minor for part in chosen), currency=currencies[0], entry=entry, withheld_by=by, withheld_at=at
    )
    after = {"amount_minor": held.amount_minor, "currency": held.currency, "plan": str(consent.plan_version)}
    record(act="consent.withhold", subject=_subject(consent), by=by, at=at, after=after, reason=consent.reason)
    return held


def _parts(consent: Consent) -> list[Part]:
    return [part for found in unpaid_after_consent(consent_ids=[consent.pk]) for part in found.in_pots]


def _places(consent: Consent, parts: Iterable[Part]) -> dict[tuple[str, str, str], tuple[Place, Place]]:
    """Return where each part goes and where it lies now, by (bank, pot, currency)."""
    pots = {pot.ledger_code: pot for pot in Pot.objects.filter(project=consent.plan_version.project).select_related("project")}
    found = {}
    for part in parts:
        pot, bank, currency = pots[part.pot], part.bank, part.currency
        found[bank, part.pot, currency] = (
            withheld_place(pot=pot, bank_code=bank, recipient=consent.recipient, currency=currency),
            pot_place(pot=pot, bank_code=bank, recipient=consent.recipient, currency=currency),
        )
    return found


def _nothing(consent: Consent) -> NothingToWithhold:
    return NothingToWithhold(
        _("Nothing that this plan set aside for %(recipient)s lies unpaid, or it consents again.") % {"recipient": consent.recipient},
        next_step=_("Look at what it said last, and at its disbursements."),
    )


@retry_on_deadlock
@transaction.atomic
def release_withholding(*, withholding_id: int, reason: str, by: User, at: datetime, day: date) -> Withholding:
    """
    Move what was withheld back into the community's pots, once it has consented again; posted on ``day``.

    :raises OwnRequest: for whoever withheld it
    :raises NotPossible: if it was released before
    :raises NoConsent: if the community's last word is not a confirmed consent to this version or a later one
    :raises MoneyHasMoved: if some of it is not there any more
    """
    require_role(person=by, roles=CHECKERS)
    if not reason.strip():
        raise NotFilledIn(_("Say why it may be paid now."), field="reason")
    held = (
        Withholding.objects.select_for_update(of=("self",))
        .select_related("consent__recipient", "consent__plan_version__project")
        .get(pk=withholding_id)
    )
    require_other_person(person=by, maker_id=held.withheld_by_id)
    if held.release_entry_id is not None:
        raise NotPossible(_("This was released before."), next_step=_("Open it to see when and why."))
    _require_consent(held.consent)
    held.release_entry = reverse(
        entry_id=held.entry_id, day=day, key=f"release-withholding:{held.pk}", by_id=by.pk, document=f"consent-{held.consent_id}"
    )
    held.released_by, held.released_at, held.release_reason = by, at, reason.strip()[:300]
    held.save(update_fields=["release_entry", "released_by", "released_at", "release_reason"])
    after = {"amount_minor": held.amount_minor, "currency": held.currency}
    record(act="consent.release", subject=_subject(held.consent), by=by, at=at, after=after, reason=held.release_reason)
    return held


def _require_consent(consent: Consent) -> None:
    version = consent.plan_version
    later = version.project.plan_versions.filter(number__gte=version.number).values_list("pk", flat=True)
    said = standing_consents(plan_version_ids=list(later), recipient_ids=[consent.recipient_id]).select_related("plan_version")
    last = max(said, key=lambda one: (one.plan_version.number, one.happened_on, one.pk), default=None)
    if last is None or last.kind != Consent.Kind.GIVEN:
        raise NoConsent(
            _("%(recipient)s has not consented again.") % {"recipient": consent.recipient},
            next_step=_("Record its consent and let another person confirm it; then release."),
        )


def _subject(consent: Consent) -> str:
    return f"consent:{consent.recipient.code}:{consent.plan_version}"
