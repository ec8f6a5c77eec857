"""Lists of villages and recipients, and what was counted: previewed, then accepted whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.registry.importers.recipients import RecipientRow, parse_recipients
from communities.registry.importers.villages import CountRow, VillageRow, parse_counts, parse_villages
from communities.registry.models import IndicatorSnapshot, IndicatorValue, PayeeAccount, Recipient, RecipientVillage, Village
from communities.registry.refusals import WrongValue, sentences
from core import imports
from core.audit.services import record
from core.models import ImportRun
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.sheets import Parsed
from revenue.ledger.services import retry_on_deadlock


@dataclass(frozen=True, slots=True)
class Counts:
    """What an accepted list changed."""

    created: int
    changed: int
    unchanged: int
    accounts: int = 0


def preview_villages(*, content: bytes, name: str, source: str, by: User, at: datetime) -> tuple[ImportRun, Parsed[VillageRow]]:
    """Read a list of villages and keep it with its preview; ``source`` says where the list comes from (at most 60 letters)."""
    if not source.strip() or len(source) > 60:
        raise WrongValue(_("Say in at most 60 letters where the list comes from."), field="source")
    return _preview(ImportRun.Kind.VILLAGES, content, name, source.strip(), by, at)


def preview_community_list(*, content: bytes, name: str, from_date: date, by: User, at: datetime) -> tuple[ImportRun, Parsed[RecipientRow]]:
    """Read a list of recipients and keep it with its preview; new ones cover their villages from ``from_date`` on."""
    return _preview(ImportRun.Kind.RECIPIENTS, content, name, from_date.isoformat(), by, at)


def preview_indicators(
    *, content: bytes, name: str, code: str, as_of: date, source: str, by: User, at: datetime
) -> tuple[ImportRun, Parsed[CountRow]]:
    """Read what was counted in villages and keep it with its preview; ``code`` names the snapshot it will become."""
    target = f"{code}|{as_of.isoformat()}|{source.strip()}"
    if not source.strip() or len(target) > 60:
        raise WrongValue(_("Code and source together are too long, or the source is empty."), field="source")
    if IndicatorSnapshot.objects.filter(code=code).exists():
        raise WrongValue(_("A snapshot has this code."), field="code", next_step=_("Choose another one."))
    return _preview(ImportRun.Kind.INDICATORS, content, name, target, by, at)


def _preview(kind: str, content: bytes, name: str, target: str, by: User, at: datetime) -> tuple[ImportRun, Parsed[Any]]:
    require_role(person=by, roles=MAKERS)
    importer = imports.importer_for(kind)
    assert importer is not None
    parsed = importer.parse(content=content, filename=name, target=target)
    return imports.open_run(kind=kind, content=content, name=name, target=target, row_count=len(parsed.rows), by=by, at=at), parsed


@retry_on_deadlock
def accept_villages(*, import_run_id: int, by: User, at: datetime) -> Counts:
    """Add the villages of a previewed list and correct the names of those that are known."""
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        run = imports.take_run(import_run_id=import_run_id, kind=ImportRun.Kind.VILLAGES, by=by, at=at)
        parsed: Parsed[VillageRow] = imports.rows_of(run)
        imports.require_readable(parsed)
        known = Village.objects.in_bulk([row.code for row in parsed.rows], field_name="code")
        new: list[Village] = []
        changed: list[Village] = []
        for row in parsed.rows:
            fields = {name: value for name, value in asdict(row).items() if name != "line"}
            village = known.get(row.code)
            if village is None:
                new.append(Village(**fields, source=run.target))
            elif any(getattr(village, name) != value for name, value in fields.items()):
                for name, value in fields.items():
                    setattr(village, name, value)
                changed.append(village)
        Village.objects.bulk_create(new)
        Village.objects.bulk_update(changed, ["name", "name_km", "commune", "district", "province", "province_km", "indigenous_group"])
        counts = Counts(len(new), len(changed), len(parsed.rows) - len(new) - len(changed))
        _record(run, counts, by, at)
    return counts


@retry_on_deadlock
def accept_community_list(*, import_run_id: int, by: User, at: datetime) -> Counts:
    """
    Take every recipient of a previewed list into the register, or none.

    Known recipients get the list's names and villages from the list's day on; an account that is new is proposed and waits
    for an approver.

    :raises HasErrors: if a line cannot be read
    :raises NotWaiting: if the import was accepted or abandoned already
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        run = imports.take_run(import_run_id=import_run_id, kind=ImportRun.Kind.RECIPIENTS, by=by, at=at)
        parsed: Parsed[RecipientRow] = imports.rows_of(run)
        imports.require_readable(parsed)
        known = Recipient.objects.select_for_update().order_by("id").in_bulk([row.code for row in parsed.rows], field_name="code")
        new = Recipient.objects.bulk_create([_recipient(row) for row in parsed.rows if row.code not in known])
        changed = [row for row in parsed.rows if row.code in known and _rename(known[row.code], row)]
        everybody = {**known, **{recipient.code: recipient for recipient in new}}
        _cover(parsed.rows, everybody, date.fromisoformat(run.target))
        accounts = _propose(parsed.rows, everybody, by, at)
        counts = Counts(len(new), len(changed), len(parsed.rows) - len(new) - len(changed), accounts)
        _record(run, counts, by, at)
    return counts


def _recipient(row: RecipientRow) -> Recipient:
    return Recipient(code=row.code, kind=row.kind, name=row.name, name_km=row.name_km, province=row.province)


def _rename(recipient: Recipient, row: RecipientRow) -> bool:
    """Write the list's names where they differ; the kind of a recipient with a history is not changed by a list."""
    fields = {"name": row.name, "name_km": row.name_km, "province": row.province}
    if all(getattr(recipient, name) == value for name, value in fields.items()):
        return False
    Recipient.objects.filter(id=recipient.pk).update(**fields)
    return True


def _cover(rows: Sequence[RecipientRow], recipients: dict[str, Recipient], from_date: date) -> None:
    """Begin what is new on the list's day, and end on it what the list does not have any more."""
    villages = dict(Village.objects.values_list("code", "id"))
    held = RecipientVillage.objects.filter(Q(to_date=None) | Q(to_date__gt=from_date), recipient__in=recipients.values())
    covered = {(cover.recipient_id, cover.village_id): cover for cover in held}
    wanted = {(recipients[row.code].pk, villages[code]) for row in rows for code in row.village_codes}
    RecipientVillage.objects.bulk_create(
        [RecipientVillage(recipient_id=pair[0], village_id=pair[1], from_date=from_date) for pair in sorted(wanted - covered.keys())]
    )
    for pair in covered.keys() - wanted:
        cover = covered[pair]
        if cover.from_date < from_date and cover.to_date is None:
            RecipientVillage.objects.filter(id=cover.pk).update(to_date=from_date)


def _propose(rows: Sequence[RecipientRow], recipients: dict[str, Recipient], by: User, at: datetime) -> int:
    live = PayeeAccount.objects.filter(recipient__in=recipients.values(), status__in=[PayeeAccount.Status.PROPOSED, PayeeAccount.Status.APPROVED])
    known = set(live.values_list("recipient_id", "institution", "account_number"))
    waiting = set(live.filter(status=PayeeAccount.Status.PROPOSED).values_list("recipient_id", flat=True))
    new = [
        PayeeAccount(
            recipient=recipients[row.code], channel=row.account.channel, institution=row.account.institution,
            account_name=row.account.name, account_number=row.account.number, reason=_("From the community list."),
            proposed_by=by, proposed_at=at,
        )
        for row in rows
        if row.account
        and (recipients[row.code].pk, row.account.institution, row.account.number) not in known
        and recipients[row.code].pk not in waiting
    ]  # fmt: skip
    PayeeAccount.objects.bulk_create(new)
    return len(new)


def record_indicators(
    *,
    code: str,
    as_of: date,
    source: str,
    values: Sequence[tuple[str, str, Decimal]],
    by: User,
    at: datetime,
    file_id: int | None = None,
) -> IndicatorSnapshot:
    """
    Keep what was counted in villages on a day as a snapshot that never changes; ``values`` are (village code, indicator, value).

    :raises AlreadyThere: if a snapshot has this code
    :raises WrongValue: if a village is not in the register
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        villages = dict(Village.objects.values_list("code", "id"))
        unknown = sorted({village for village, _name, _value in values} - villages.keys())
        if unknown:
            raise WrongValue(_("Village %(code)s is not in the register.") % {"code": unknown[0]}, field="file")
        snapshot = IndicatorSnapshot.objects.create(code=code, as_of=as_of, source=source, file_id=file_id, recorded_by=by, recorded_at=at)
        IndicatorValue.objects.bulk_create(
            [IndicatorValue(snapshot=snapshot, village_id=villages[village], indicator=name, value=value) for village, name, value in values]
        )
        after = {"as_of": as_of.isoformat(), "source": source, "values": len(values)}
        record(act="indicators.record", subject=f"indicators:{code}", by=by, at=at, after=after)
    return snapshot


@retry_on_deadlock
def accept_indicators(*, import_run_id: int, by: User, at: datetime) -> IndicatorSnapshot:
    """Make the snapshot that a previewed sheet of counts describes."""
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        run = imports.take_run(import_run_id=import_run_id, kind=ImportRun.Kind.INDICATORS, by=by, at=at)
        parsed: Parsed[CountRow] = imports.rows_of(run)
        imports.require_readable(parsed)
        code, as_of, source = run.target.split("|", 2)
        values = [(row.village_code, name, value) for row in parsed.rows for name, value in row.values.items()]
        return record_indicators(code=code, as_of=date.fromisoformat(as_of), source=source, values=values, by=by, at=at, file_id=run.file_id)


def _record(run: ImportRun, counts: Counts, by: User, at: datetime) -> None:
    record(act=f"{run.kind.lower()}.import", subject=f"import:{run.pk}", by=by, at=at, after={**asdict(counts), "sha256": run.file.sha256})


def _village_codes() -> set[str]:
    return set(Village.objects.values_list("code", flat=True))


def _read_villages(*, content: bytes, filename: str, target: str) -> Parsed[VillageRow]:
    return parse_villages(content=content, filename=filename)


def _read_recipients(*, content: bytes, filename: str, target: str) -> Parsed[RecipientRow]:
    return parse_recipients(content=content, filename=filename, villages=_village_codes())


def _read_counts(*, content: bytes, filename: str, target: str) -> Parsed[CountRow]:
    return parse_counts(content=content, filename=filename, villages=_village_codes())


def _said_villages(*, import_run_id: int, by: User, at: datetime) -> str:
    return _said(accept_villages(import_run_id=import_run_id, by=by, at=at))


def _said_recipients(*, import_run_id: int, by: User, at: datetime) -> str:
    return _said(accept_community_list(import_run_id=import_run_id, by=by, at=at))


def _said_indicators(*, import_run_id: int, by: User, at: datetime) -> str:
    snapshot = accept_indicators(import_run_id=import_run_id, by=by, at=at)
    return _("The snapshot %(code)s was recorded.") % {"code": snapshot.code}


def _said(counts: Counts) -> str:
    words = _("%(created)s added, %(changed)s changed, %(unchanged)s as they were.") % asdict(counts)
    accounts = _("%(accounts)s accounts wait for an approver.") % asdict(counts) if counts.accounts else ""
    return f"{words} {accounts}".strip()


imports.register(
    imports.Importer(
        kind=ImportRun.Kind.VILLAGES,
        roles=MAKERS,
        parse=_read_villages,
        columns=(
            (gettext_lazy("Code"), lambda row: row.code),
            (gettext_lazy("Name"), lambda row: row.name),
            (gettext_lazy("Name in Khmer"), lambda row: row.name_km),
            (gettext_lazy("Commune"), lambda row: row.commune),
            (gettext_lazy("District"), lambda row: row.district),
            (gettext_lazy("Province"), lambda row: row.province),
        ),
        accept=_said_villages,
    )
)
imports.register(
    imports.Importer(
        kind=ImportRun.Kind.RECIPIENTS,
        roles=MAKERS,
        parse=_read_recipients,
        columns=(
            (gettext_lazy("Code"), lambda row: row.code),
            (gettext_lazy("Kind"), lambda row: Recipient.Kind(row.kind).label),
            (gettext_lazy("Name"), lambda row: row.name),
            (gettext_lazy("Villages"), lambda row: ", ".join(row.village_codes)),
            (gettext_lazy("Account"), lambda row: f"{row.account.institution} {row.account.number}" if row.account else "—"),
        ),
        accept=_said_recipients,
    )
)
imports.register(
    imports.Importer(
        kind=ImportRun.Kind.INDICATORS,
        roles=MAKERS,
        parse=_read_counts,
        columns=(
            (gettext_lazy("Village"), lambda row: row.village_code),
            (gettext_lazy("Counted"), lambda row: ", ".join(f"{name} {value:,}" for name, value in row.values.items())),
        ),
        accept=_said_indicators,
    )
)
