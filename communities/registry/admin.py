"""Office pages of recipients, their accounts, villages, assignments and counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.registry import queries, services
from communities.registry.forms import (
    AccountForm,
    AssignForm,
    AssignmentForm,
    CommunityImportForm,
    CoverForm,
    DecisionForm,
    EndForm,
    IndicatorImportForm,
    PlaceImportForm,
    PlaceNameForm,
    RecipientForm,
    VillageImportForm,
)
from communities.registry.gazetteer import above
from communities.registry.models import Assignment, IndicatorSnapshot, PayeeAccount, Place, Recipient, RecipientVillage, Village
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, ReadingInline, count_cell, previewed, row_address, row_link
from core.ordering import KhmerNames
from core.people.access import ADMINISTRATORS, CHECKERS, MAKERS, READERS


def _register(asked: Asked) -> Done:
    recipient = services.create_recipient(by=asked.by, at=asked.at, **asked.data)
    return Done(gettext("%(recipient)s is in the register.") % {"recipient": recipient}, url=row_address(recipient))


def _propose(asked: Asked) -> str:
    services.propose_account(recipient_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("The account waits for an approver. Until then payments go to the approved one.")


def _decide(asked: Asked, *, approve: bool) -> str:
    services.decide_account(account_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(recipient)s is paid into this account from now on.") % {"recipient": asked.row.recipient} if approve else gettext("Refused.")


def _assign(asked: Asked, recipient: Recipient) -> str:
    person = asked.data["person"]
    services.assign(person_id=person.pk, recipient_id=recipient.pk, from_date=asked.data["from_date"], by=asked.by, at=asked.at)
    return gettext("%(person)s logs for %(recipient)s.") % {"person": person, "recipient": recipient}


def _end(asked: Asked) -> str:
    services.end_assignment(assignment_id=asked.row.pk, to_date=asked.data["to_date"], by=asked.by, at=asked.at)
    return gettext("The assignment ends.")


def _cover(asked: Asked) -> str:
    village = asked.data["village"]
    services.cover_village(recipient_id=asked.row.pk, village_id=village.pk, from_date=asked.data["from_date"], by=asked.by, at=asked.at)
    return gettext("%(recipient)s covers %(village)s.") % {"recipient": asked.row, "village": village}


def _preview_villages(asked: Asked) -> Done:
    content, name = asked.data["file"]
    return previewed(services.preview_villages(content=content, name=name, source=asked.data["source"], by=asked.by, at=asked.at)[0])


def _preview_places(asked: Asked) -> Done:
    given = dict(asked.data)
    content, name = given.pop("file")
    return previewed(services.preview_places(content=content, name=name, by=asked.by, at=asked.at, **given)[0])


def _name_place(asked: Asked) -> str:
    services.add_name(place_id=asked.row.pk, name=asked.data["name"], by=asked.by, at=asked.at)
    return gettext("%(place)s is also found as %(name)s.") % {"place": asked.row, "name": asked.data["name"]}


def _preview_recipients(asked: Asked) -> Done:
    content, name = asked.data["file"]
    return previewed(services.preview_community_list(content=content, name=name, from_date=asked.data["from_date"], by=asked.by, at=asked.at)[0])


def _preview_indicators(asked: Asked) -> Done:
    given = dict(asked.data)
    content, name = given.pop("file")
    return previewed(services.preview_indicators(content=content, name=name, by=asked.by, at=asked.at, **given)[0])


def _account_facts(account: PayeeAccount) -> list[Fact]:
    before = PayeeAccount.objects.filter(recipient_id=account.recipient_id, status=PayeeAccount.Status.APPROVED).first()
    return [
        Fact(_("Recipient"), account.recipient, row_address(account.recipient)),
        Fact(_("New account"), f"{account.get_channel_display()} · {account.institution} · {account.account_name} · {account.account_number}"),
        Fact(_("Account until now"), f"{before.institution} · {before.account_name} · {before.account_number}" if before else _("none")),
        Fact(_("Why"), account.reason),
        Fact(_("Proposed by"), account.proposed_by),
    ]


class CoverInline(ReadingInline):
    model = RecipientVillage
    fields = ("village", "from_date", "to_date")
    readonly_fields = fields
    show_change_link = False
    viewers = READERS | ADMINISTRATORS
    verbose_name_plural = _("villages covered")


class AccountInline(ReadingInline):
    model = PayeeAccount
    fields = ("channel", "institution", "account_name", "account_number", "status", "proposed_by", "decided_by")
    readonly_fields = fields


class AssignmentInline(ReadingInline):
    model = Assignment
    fields = ("person", "from_date", "to_date")
    readonly_fields = fields
    viewers = READERS | ADMINISTRATORS


@admin.register(Recipient)
class RecipientAdmin(KhmerNames, HouseAdmin):
    viewers = READERS | ADMINISTRATORS
    editors = MAKERS
    list_display = ("code", "name", "khmer_name", "kind", "province", "village_count", "paid_into", "liaison_count", "is_active")
    list_filter = ("kind", "province", "is_active", "accounts__status")
    search_fields = ("code", "name", "name_km", "villages__name", "villages__code")
    ordering = ("code",)
    fields = ("code", "kind", "name", "name_km", "province", "is_active")
    readonly_fields = ("code", "kind")
    inlines = (CoverInline, AccountInline, AssignmentInline)
    empty_list_sentence = _("No recipient yet. Import the list of villages first, then the list of recipients.")
    new_acts = (
        Act(
            name="import", title=_("Import a community list"), roles=MAKERS, run=_preview_recipients, form=CommunityImportForm, button=_("Read the file"),
            explanation=_("The file is read and shown with every mistake by line; you accept it on the next page. New accounts wait for an approver."),
        ),
        Act(name="register", title=_("Register a recipient"), roles=MAKERS, run=_register, form=RecipientForm),
    )  # fmt: skip
    acts = (
        Act(
            name="propose-account", title=_("Propose an account"), roles=MAKERS, run=_propose, form=AccountForm,
            explanation=_("An account is changed by two people: an approver decides."),
        ),
        Act(
            name="assign", title=_("Assign a liaison"), roles=ADMINISTRATORS | MAKERS, form=AssignForm,
            run=lambda asked: _assign(asked, asked.row),
        ),
        Act(name="cover", title=_("Add a village"), roles=MAKERS, run=_cover, form=CoverForm, possible=lambda recipient: recipient.is_community),
    )  # fmt: skip
    export_columns = (
        (_("code"), lambda recipient: recipient.code),
        (_("name"), lambda recipient: recipient.name),
        (_("name in Khmer"), lambda recipient: recipient.name_km),
        (_("kind"), lambda recipient: recipient.get_kind_display()),
        (_("province"), lambda recipient: recipient.province),
        (_("villages"), lambda recipient: recipient.covered),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recipient]:
        recipients: QuerySet[Recipient] = super().get_queryset(request)
        return recipients.prefetch_related("accounts").annotate(
            covered=Count("cover", filter=Q(cover__to_date=None), distinct=True),
            helped=Count("assignments", filter=Q(assignments__to_date=None), distinct=True),
        )

    @display(description=_("villages"), ordering="covered")
    def village_count(self, recipient: Any) -> str:
        return count_cell(recipient.covered)

    @display(description=_("liaisons"), ordering="helped")
    def liaison_count(self, recipient: Any) -> str:
        return count_cell(recipient.helped)

    @display(description=_("paid into"))
    def paid_into(self, recipient: Recipient) -> str:
        approved = [account for account in recipient.accounts.all() if account.status == PayeeAccount.Status.APPROVED]
        return row_link(approved[0]) if approved else gettext("no approved account")


@admin.register(PayeeAccount)
class PayeeAccountAdmin(HouseAdmin):
    list_display = ("recipient", "shown_status", "channel", "institution", "account_name", "account_number", "proposed_by", "decided_by")
    list_filter = ("status", "channel", "recipient__kind")
    search_fields = ("recipient__code", "recipient__name", "account_name", "account_number")
    ordering = ("-proposed_at", "-id")
    fields = (
        "recipient", "status", "channel", "institution", "account_name", "account_number", "reason", "proposed_by", "proposed_at",
        "decided_by", "decided_at",
    )  # fmt: skip
    acts = (
        Act(
            name="approve", title=_("Approve"), roles=CHECKERS, form=DecisionForm, run=lambda asked: _decide(asked, approve=True),
            possible=lambda account: account.status == PayeeAccount.Status.PROPOSED, facts=_account_facts,
            maker=lambda account: account.proposed_by_id,
            explanation=_("Compare the number with the recipient's letter before you approve: from then on money goes there."),
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=DecisionForm, run=lambda asked: _decide(asked, approve=False), is_refusal=True,
            possible=lambda account: account.status == PayeeAccount.Status.PROPOSED, facts=_account_facts,
            maker=lambda account: account.proposed_by_id,
        ),
    )  # fmt: skip
    export_columns = (
        (_("recipient"), lambda account: account.recipient.code),
        (_("status"), lambda account: account.get_status_display()),
        (_("bank or provider"), lambda account: account.institution),
        (_("account name"), lambda account: account.account_name),
        (_("account number"), lambda account: account.account_number),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PayeeAccount]:
        accounts: QuerySet[PayeeAccount] = super().get_queryset(request)
        return accounts.select_related("recipient", "proposed_by", "decided_by")

    @display(
        description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger", "REPLACED": "info"}, ordering="status"
    )
    def shown_status(self, account: PayeeAccount) -> tuple[str, str]:
        return account.status, account.get_status_display()


@admin.register(Assignment)
class AssignmentAdmin(HouseAdmin):
    viewers = READERS | ADMINISTRATORS
    list_display = ("person", "recipient", "from_date", "to_date")
    list_filter = (("person", admin.RelatedOnlyFieldListFilter), "recipient__province")
    search_fields = ("person__full_name", "person__username", "recipient__name", "recipient__code")
    ordering = ("-from_date", "-id")
    fields = ("person", "recipient", "from_date", "to_date")
    empty_list_sentence = _("Nobody logs for any recipient yet.")
    new_acts = (
        Act(
            name="assign", title=_("Assign a liaison"), roles=ADMINISTRATORS | MAKERS, form=AssignmentForm,
            run=lambda asked: _assign(asked, asked.data["recipient"]),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="end", title=_("End the assignment"), roles=ADMINISTRATORS | MAKERS, form=EndForm, run=_end, is_refusal=True,
            possible=lambda assignment: assignment.to_date is None,
        ),
    )  # fmt: skip


@admin.register(Village)
class VillageAdmin(KhmerNames, HouseAdmin):
    editors = MAKERS
    list_display = ("code", "name", "khmer_name", "commune", "district", "province", "indigenous_group")
    list_filter = ("province", "district", "indigenous_group")
    search_fields = ("code", "name", "name_km", "commune")
    ordering = ("code",)
    fields = ("code", "name", "name_km", "commune", "district", "province", "province_km", "indigenous_group", "source")
    new_acts = (
        Act(
            name="import", title=_("Import a list of villages"), roles=MAKERS, run=_preview_villages, form=VillageImportForm, button=_("Read the file"),
            explanation=_("From the national gazetteer: code, name, name in Khmer, commune, district, province."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("code"), lambda village: village.code),
        (_("name"), lambda village: village.name),
        (_("name in Khmer"), lambda village: village.name_km),
        (_("commune"), lambda village: village.commune),
        (_("district"), lambda village: village.district),
        (_("province"), lambda village: village.province),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "source") if obj else ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Find also by how else people write a village, or the commune, district or province it lies in."""
        found, doubled = super().get_search_results(request, queryset, search_term)
        inside = queryset.filter(pk__in=queries.villages_in(search_term).values("pk"))
        return (found | inside if search_term.strip() else found), doubled

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        covers = RecipientVillage.objects.filter(village=row).select_related("recipient").order_by("-from_date")
        yield (
            _("Covered by"),
            [Fact(str(cover.recipient), f"{cover.from_date} – {cover.to_date or ''}", row_address(cover.recipient)) for cover in covers],
        )
        counted = row.indicators.select_related("snapshot").order_by("-snapshot__as_of", "indicator")[:40]
        yield (
            _("Counted there"),
            [Fact(f"{one.indicator} ({one.snapshot.as_of})", f"{one.value.normalize():,f}", row_address(one.snapshot)) for one in counted],
        )


@admin.register(Place)
class PlaceAdmin(KhmerNames, HouseAdmin):
    list_display = ("code", "name", "khmer_name", "level", "valid_from", "valid_to", "source")
    list_filter = ("level",)
    search_fields = ("code",)
    search_help_text = _("A code, or a name as people write it, in Latin or Khmer letters.")
    ordering = ("code", "id")
    fields = ("code", "level", "name", "name_km", "valid_from", "valid_to", "successor", "source")
    empty_list_sentence = _("The gazetteer is empty. Import the national list of provinces, districts, communes and villages.")
    new_acts = (
        Act(
            name="import", title=_("Import a gazetteer"), roles=MAKERS, run=_preview_places, form=PlaceImportForm, button=_("Read the file"),
            explanation=_("Columns: code, name, name_km, other_names (apart by ;), valid_from, valid_to, successor. Nothing that the list leaves out is ended."),
        ),
    )  # fmt: skip
    acts = (Act(name="name", title=_("Add another spelling"), roles=MAKERS, run=_name_place, form=PlaceNameForm),)
    export_columns = (
        (_("code"), lambda place: place.code),
        (_("name"), lambda place: place.name),
        (_("name in Khmer"), lambda place: place.name_km),
        (_("level"), lambda place: place.get_level_display()),
        (_("from"), lambda place: place.valid_from),
        (_("until"), lambda place: place.valid_to or ""),
        (_("source"), lambda place: place.source),
    )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return queryset.filter(pk__in=queries.places_named(search_term).values("pk")) if search_term.strip() else queryset, False

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        holding = Place.objects.filter(code__in=above(row.code)).order_by("code", "id")
        yield _("Lies in"), [Fact(place.get_level_display(), place, row_address(place)) for place in holding]
        yield _("Also written"), [Fact(other.name, "") for other in row.other_names.order_by("name")]
        yield _("Took the place of"), [Fact(place, place.valid_to, row_address(place)) for place in row.merged_from.order_by("code", "id")]


@admin.register(IndicatorSnapshot)
class IndicatorSnapshotAdmin(HouseAdmin):
    list_display = ("code", "as_of", "source", "village_count", "file_link", "recorded_by", "recorded_at")
    search_fields = ("code", "source")
    ordering = ("-as_of", "-id")
    fields = ("code", "as_of", "source", "village_count", "file_link", "recorded_by", "recorded_at")
    empty_list_sentence = _("Nothing was counted yet. Import a sheet of counts: allocations by households or area need one.")
    new_acts = (
        Act(
            name="import", title=_("Import a sheet of counts"), roles=MAKERS, run=_preview_indicators, form=IndicatorImportForm, button=_("Read the file"),
            explanation=_("One line for a village: its code, and a column for each count (households, population_female, area_ha …)."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[IndicatorSnapshot]:
        snapshots: QuerySet[IndicatorSnapshot] = super().get_queryset(request)
        return snapshots.select_related("file", "recorded_by").annotate(counted=Count("values__village", distinct=True))

    @display(description=_("villages"), ordering="counted")
    def village_count(self, snapshot: Any) -> str:
        return count_cell(snapshot.counted)

    @display(description=_("file"))
    def file_link(self, snapshot: IndicatorSnapshot) -> str:
        return row_link(snapshot.file)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        by_village: dict[Village, list[str]] = {}
        for one in row.values.select_related("village").order_by("village__code", "indicator"):
            by_village.setdefault(one.village, []).append(f"{one.indicator} {one.value.normalize():,f}")
        facts = [Fact(str(village), ", ".join(counts), row_address(village)) for village, counts in by_village.items()]
        yield _("Counted"), facts
