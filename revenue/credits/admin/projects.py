"""Projects, issuances, buyers and the steps under Article 6."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, count_cell, list_address, previewed, row_address, row_link
from core.forms import ReasonForm
from core.models import ImportRun
from core.money import Money
from core.people.access import CHECKERS, MAKERS
from revenue.credits import queries, services
from revenue.credits.admin.sales import SALE_OF_PROJECT
from revenue.credits.forms import Article6Form, IssuanceForm, IssuanceImportForm, ProjectForm
from revenue.credits.models import Article6Event, Buyer, Issuance, Project, Receipt, Sale, SaleLot
from revenue.ledger import chart

ZERO = 0


def _register(asked: Asked) -> Done:
    project = services.create_project(by=asked.by, at=asked.at, **asked.data)
    return Done(gettext("%(project)s is registered.") % {"project": project}, url=row_address(project))


def _suspend(asked: Asked) -> str:
    services.suspend_project(project_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(project)s is suspended: it cannot sell.") % {"project": asked.row}


def _reinstate(asked: Asked) -> str:
    services.reinstate_project(project_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(project)s may sell again.") % {"project": asked.row}


def _record_issuance(asked: Asked) -> Done:
    given = dict(asked.data)
    issuance = services.record_issuance(project_id=given.pop("project").pk, by=asked.by, at=asked.at, **given)
    return Done(gettext("%(count)s credits are recorded.") % {"count": f"{issuance.quantity:,}"}, url=row_address(issuance))


def _preview(asked: Asked) -> Done:
    content, name = asked.data["file"]
    run, _parsed = services.preview_import(
        kind=ImportRun.Kind.ISSUANCES, content=content, name=name, target=asked.data["layout"], by=asked.by, at=asked.at
    )
    return previewed(run)


def _record_article6(asked: Asked) -> Done:
    given = dict(asked.data)
    project, sale = given.pop("project"), given.pop("sale")
    event = services.record_article6_event(project_id=project.pk, sale_id=sale.pk if sale else None, by=asked.by, at=asked.at, **given)
    return Done(gettext("Recorded."), url=row_address(event))


def _sum_of(model: type[Any], expression: Any, **filters: Any) -> Any:
    """Return a subquery that adds up something of each project."""
    path = filters.pop("path", "project")
    rows = model.objects.filter(**{path: OuterRef("pk")}, **filters).values(path).annotate(total=Sum(expression)).values("total")
    return Coalesce(Subquery(rows, output_field=BigIntegerField()), ZERO)


@admin.register(Project)
class ProjectAdmin(HouseAdmin):
    editors = MAKERS
    list_display = ("name", "registry", "programme_id", "shown_status", "issued", "sold", "sold_amount", "received")
    list_filter = ("status", "registry")
    search_fields = ("code", "name", "name_km", "programme_id")
    ordering = ("name",)
    fields = (
        "code", "name", "name_km", "registry", "programme_id", "standard", "mechanism", "host_authority", "proponent", "provinces", "area_ha",
        "currency", "status", "status_reason", "facts",
    )  # fmt: skip
    readonly_fields = ("code", "registry", "programme_id", "currency", "status", "status_reason")
    empty_list_sentence = _("No project yet. Register the first one.")
    new_acts = (
        Act(name="register", title=_("Register a project"), roles=MAKERS, run=_register, form=ProjectForm),
    )  # fmt: skip
    acts = (
        SALE_OF_PROJECT,
        Act(
            name="suspend", title=_("Suspend"), roles=CHECKERS, run=_suspend, form=ReasonForm, is_refusal=True,
            possible=lambda project: project.status == Project.Status.ACTIVE,
            explanation=_("A suspended project cannot sell. Its money is still shared out, paid and accounted for."),
        ),
        Act(
            name="reinstate", title=_("Let it sell again"), roles=CHECKERS, run=_reinstate, form=ReasonForm,
            possible=lambda project: project.status == Project.Status.SUSPENDED,
        ),
    )  # fmt: skip
    export_columns = (
        (_("code"), lambda project: project.code),
        (_("name"), lambda project: project.name),
        (_("registry"), lambda project: project.get_registry_display()),
        (_("number"), lambda project: project.programme_id),
        (_("status"), lambda project: project.get_status_display()),
        (_("issued (tCO2e)"), lambda project: project.issued_total),
        (_("sold (tCO2e)"), lambda project: project.sold_total),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        live = {"is_live": True, "path": "sale__project"}
        sold = {"currency": OuterRef("currency"), "status__in": [Sale.Status.AGREED, Sale.Status.DELIVERED]}
        projects: QuerySet[Project] = super().get_queryset(request)
        return projects.annotate(
            issued_total=_sum_of(Issuance, F("quantity")),
            sold_total=_sum_of(SaleLot, F("last") - F("first") + 1, **live),
            sold_minor=_sum_of(Sale, F("amount_minor"), **sold),
            received_minor=_sum_of(
                Receipt, F("gross_minor") - F("not_ours_minor"), path="sale__project", currency=OuterRef("currency")
            ),
        )  # fmt: skip

    @display(description=_("status"), label={"ACTIVE": "success", "SUSPENDED": "danger", "CLOSED": "info"}, ordering="status")
    def shown_status(self, project: Project) -> tuple[str, str]:
        return project.status, project.get_status_display()

    @display(description=_("issued (tCO2e)"), ordering="issued_total")
    def issued(self, project: Any) -> str:
        return count_cell(project.issued_total)

    @display(description=_("sold (tCO2e)"), ordering="sold_total")
    def sold(self, project: Any) -> str:
        return count_cell(project.sold_total)

    @display(description=_("sold for"), ordering="sold_minor")
    def sold_amount(self, project: Any) -> str:
        return amount_cell(project.sold_minor, project.currency)

    @display(description=_("received"), ordering="received_minor")
    def received(self, project: Any) -> str:
        return amount_cell(project.received_minor, project.currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield (
            _("Credits and money of this project"),
            (
                Fact(_("Issued"), f"{row.issued_total:,} tCO2e", list_address(Issuance, project__id__exact=row.pk)),
                Fact(_("Sold"), f"{row.sold_total:,} tCO2e", list_address(Sale, project__id__exact=row.pk)),
                Fact(_("Not sold"), f"{row.issued_total - row.sold_total:,} tCO2e"),
                Fact(_("Sold for"), Money(row.sold_minor, row.currency), list_address(Sale, project__id__exact=row.pk)),
                Fact(_("Received"), Money(row.received_minor, row.currency), list_address(Receipt, sale__project__id__exact=row.pk)),
            ),
        )
        for currency, kinds in queries.position_of_project(project=row).items():
            facts = [Fact(chart.KIND_NAMES[kind], Money(kinds[kind], currency)) for kind in chart.KINDS if kinds.get(kind)]
            yield _("Where its money is now (%(currency)s)") % {"currency": currency}, facts
        events = Article6Event.objects.filter(project=row).order_by("happened_on")
        if events:
            yield (
                _("Article 6"),
                [Fact(event.get_kind_display(), f"{event.happened_on}: {event.document_reference}", row_address(event)) for event in events],
            )


@admin.register(Issuance)
class IssuanceAdmin(HouseAdmin):
    list_display = ("serial_text", "project_name", "vintage", "issued_on", "shown_quantity", "shown_sold", "shown_left")
    list_filter = ("project", "unit_type", "vintage_start")
    search_fields = ("serial_text", "=first", "=last")
    date_hierarchy = "issued_on"
    ordering = ("-issued_on", "-id")
    fields = (
        "project_name", "serial_text", "series", "first", "last", "shown_quantity", "vintage_start", "vintage_end", "issued_on", "unit_type",
        "methodology", "certifications", "came_from",
    )  # fmt: skip
    empty_list_sentence = _("No credits yet. Import a registry export, or record an issuance by hand.")
    new_acts = (
        Act(
            name="import", title=_("Import a registry export"), roles=MAKERS, run=_preview, form=IssuanceImportForm, button=_("Read the file"),
            explanation=_("The file is read and shown with every mistake by line; you accept it on the next page."),
        ),
        Act(
            name="by-hand", title=_("Record an issuance by hand"), roles=MAKERS, run=_record_issuance, form=IssuanceForm,
            explanation=_("For registries that give no export, such as the Joint Crediting Mechanism."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("project"), lambda issuance: issuance.project.code),
        (_("serial number"), lambda issuance: issuance.serial_text),
        (_("first"), lambda issuance: issuance.first),
        (_("last"), lambda issuance: issuance.last),
        (_("quantity"), lambda issuance: issuance.quantity),
        (_("vintage from"), lambda issuance: issuance.vintage_start),
        (_("vintage to"), lambda issuance: issuance.vintage_end),
        (_("issued on"), lambda issuance: issuance.issued_on),
        (_("sold"), lambda issuance: issuance.sold_total),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issuance]:
        issuances: QuerySet[Issuance] = super().get_queryset(request)
        sold = _sum_of(SaleLot, F("last") - F("first") + 1, path="issuance", is_live=True)
        return issuances.select_related("project", "import_run").annotate(sold_total=sold)

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        total = queryset.aggregate(issued=Sum("quantity"), sold=Sum("sold_total"))
        issued, sold = total["issued"] or 0, total["sold"] or 0
        return (
            Fact(_("Issued"), f"{issued:,} tCO2e"),
            Fact(_("Sold"), f"{sold:,} tCO2e"),
            Fact(_("Left"), f"{issued - sold:,} tCO2e"),
        )

    @display(description=_("project"), ordering="project__name")
    def project_name(self, issuance: Issuance) -> str:
        return row_link(issuance.project)

    @display(description=_("vintage"), ordering="vintage_start")
    def vintage(self, issuance: Issuance) -> str:
        return f"{issuance.vintage_start:%d.%m.%Y} – {issuance.vintage_end:%d.%m.%Y}"

    @display(description=_("quantity (tCO2e)"), ordering="quantity")
    def shown_quantity(self, issuance: Issuance) -> str:
        return count_cell(issuance.quantity)

    @display(description=_("sold"), ordering="sold_total")
    def shown_sold(self, issuance: Any) -> str:
        return count_cell(issuance.sold_total)

    @display(description=_("left"))
    def shown_left(self, issuance: Any) -> str:
        return count_cell(issuance.quantity - issuance.sold_total)

    @display(description=_("recorded from"))
    def came_from(self, issuance: Issuance) -> str:
        return row_link(issuance.import_run, gettext("%(run)s, line %(line)s") % {"run": issuance.import_run, "line": issuance.import_line})

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        lots = SaleLot.objects.filter(issuance=row, is_live=True).select_related("sale__buyer").order_by("first")
        yield (
            _("Sold"),
            [Fact(f"{lot.first}–{lot.last}", f"{lot.sale} · {lot.sale.buyer} · {lot.quantity:,} tCO2e", row_address(lot.sale)) for lot in lots],
        )
        yield _("Left to sell"), [Fact(str(numbers), f"{numbers.quantity:,} tCO2e") for numbers in queries.available_ranges(issuance_id=row.pk)]


@admin.register(Buyer)
class BuyerAdmin(HouseAdmin):
    editors = MAKERS
    list_display = ("name", "country", "registry_account", "sale_count")
    search_fields = ("name", "registry_account")
    ordering = ("name",)
    fields = ("name", "country", "registry_account")
    export_columns = ((_("name"), lambda buyer: buyer.name), (_("country"), lambda buyer: buyer.country))

    @display(description=_("sales"))
    def sale_count(self, buyer: Buyer) -> str:
        return count_cell(buyer.sales.count())

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        sales = Sale.objects.filter(buyer=row).select_related("project").order_by("-sale_date")
        yield (
            _("Sales"),
            [
                Fact(sale.reference, f"{sale.project} · {sale.sale_date} · {Money(sale.amount_minor, sale.currency)}", row_address(sale))
                for sale in sales
            ],
        )


@admin.register(Article6Event)
class Article6EventAdmin(HouseAdmin):
    list_display = ("happened_on", "kind", "project", "sale", "document_reference", "shown_quantity")
    list_filter = ("kind", "project")
    search_fields = ("document_reference", "sale__reference")
    ordering = ("-happened_on", "-id")
    fields = ("project", "sale", "kind", "happened_on", "document_reference", "shown_quantity")
    new_acts = (Act(name="record", title=_("Record a step"), roles=MAKERS, run=_record_article6, form=Article6Form),)

    @display(description=_("quantity (tCO2e)"))
    def shown_quantity(self, event: Article6Event) -> str:
        return count_cell(event.quantity)
