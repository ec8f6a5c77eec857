"""Sales: what was sold to whom, what of it was paid, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, count_cell, list_address, row_address, row_link
from core.money import EXPONENTS, Money
from core.people.access import MAKERS
from revenue.credits import queries, services
from revenue.credits.forms import CancelForm, DeliverForm, SaleForm, SaleReceiptForm
from revenue.credits.models import Project, Receipt, Sale


def _record(asked: Asked) -> Done:
    given = dict(asked.data)
    sale = services.record_sale(project_id=given.pop("project").pk, buyer_id=given.pop("buyer").pk, by=asked.by, at=asked.at, **given)
    sentence = gettext("Sale %(sale)s: %(count)s credits for %(amount)s.") % {
        "sale": sale.reference,
        "count": f"{sale.quantity:,}",
        "amount": Money(sale.amount_minor, sale.currency),
    }
    return Done(sentence, url=row_address(sale))


SALE_OF_PROJECT = Act(
    name="record-sale",
    title=_("Record a sale"),
    roles=MAKERS,
    run=_record,
    form=SaleForm,
    possible=lambda project: project.status == Project.Status.ACTIVE,
    initial=lambda project: {"project": project, "currency": project.currency},
)
NEW_SALE = Act(name="record", title=_("Record a sale"), roles=MAKERS, run=_record, form=SaleForm)


def receive(asked: Asked, sale: Sale | None) -> Done:
    """Record money that arrived, and go to its page."""
    given = {name: value for name, value in asked.data.items() if name != "sale"}
    receipt = services.record_receipt(
        bank_account_id=given.pop("bank_account").pk, sale_id=sale.pk if sale else None, by=asked.by, at=asked.at, **given
    )
    sentence = (
        gettext("Receipt %(receipt)s is recorded; it waits to be allocated.")
        if sale
        else gettext("Receipt %(receipt)s is held until it is identified.")
    )
    return Done(sentence % {"receipt": receipt.reference}, url=row_address(receipt))


def _deliver(asked: Asked) -> str:
    services.deliver_sale(sale_id=asked.row.pk, on=asked.data["on"], by=asked.by, at=asked.at)
    return gettext("The credits of %(sale)s are delivered.") % {"sale": asked.row}


def _cancel(asked: Asked) -> str:
    services.cancel_sale(sale_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("%(sale)s is cancelled: its serial numbers may be sold again.") % {"sale": asked.row}


def _facts(sale: Sale) -> list[Fact]:
    progress = queries.sale_progress(sale=sale)
    return [
        Fact(_("Sale"), f"{sale.reference} · {sale.project} · {sale.buyer}"),
        Fact(_("Amount"), Money(sale.amount_minor, sale.currency)),
        Fact(_("Still owed"), Money(progress.outstanding_minor, sale.currency)),
    ]


def trace_url(sale: Sale) -> str:
    """Return the page that follows a sale to the villages, where that page exists."""
    try:
        return reverse("reports:trace_sale", args=[sale.reference])
    except NoReverseMatch:
        return ""


@admin.register(Sale)
class SaleAdmin(HouseAdmin):
    list_display = ("reference", "project_name", "buyer", "sale_date", "shown_status", "shown_quantity", "amount", "settled", "owed")
    list_filter = ("project", "status", "authorisation", "buyer", "currency")
    search_fields = ("reference", "contract_reference", "buyer__name", "project__name", "project__code")
    date_hierarchy = "sale_date"
    ordering = ("-sale_date", "-id")
    fields = (
        "reference", "project_name", "buyer", "contract_reference", "sale_date", "status", "delivered_on", "cancelled_on", "cancel_reason",
        "shown_quantity", "price", "amount", "fees", "authorisation", "authorisation_reference", "price_is_public",
        "recorded_by", "recorded_at",
    )  # fmt: skip
    empty_list_sentence = _("No sale yet. Record the first one.")
    new_acts = (NEW_SALE,)
    acts = (
        Act(
            name="receive", title=_("Record a receipt"), roles=MAKERS, form=SaleReceiptForm, run=lambda asked: receive(asked, asked.row),
            possible=lambda sale: sale.status != Sale.Status.CANCELLED, facts=_facts,
            explanation=_("What goes beyond what the sale still owes is held apart until it is sent back."),
        ),
        Act(
            name="deliver", title=_("Record the delivery"), roles=MAKERS, form=DeliverForm, run=_deliver, facts=_facts,
            possible=lambda sale: sale.status == Sale.Status.AGREED,
        ),
        Act(
            name="cancel", title=_("Cancel the sale"), roles=MAKERS, form=CancelForm, run=_cancel, facts=_facts, is_refusal=True,
            possible=lambda sale: sale.status == Sale.Status.AGREED and not sale.receipts.exists(),
            explanation=_("Its serial numbers may be sold again. A sale that was paid for cannot be cancelled."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("reference"), lambda sale: sale.reference),
        (_("project"), lambda sale: sale.project.code),
        (_("buyer"), lambda sale: sale.buyer),
        (_("contract"), lambda sale: sale.contract_reference),
        (_("date"), lambda sale: sale.sale_date),
        (_("status"), lambda sale: sale.get_status_display()),
        (_("quantity (tCO2e)"), lambda sale: sale.quantity),
        (_("price"), lambda sale: sale.unit_price),
        (_("currency"), lambda sale: sale.currency),
        (_("amount"), lambda sale: Money(sale.amount_minor, sale.currency).major()),
        (_("received"), lambda sale: Money(sale.settled_total, sale.currency).major()),
        (_("authorisation"), lambda sale: sale.get_authorisation_display()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sale]:
        paid = Receipt.objects.filter(sale=OuterRef("pk")).values("sale").annotate(total=Sum("invoice_minor")).values("total")
        sales: QuerySet[Sale] = super().get_queryset(request)
        settled = Coalesce(Subquery(paid, output_field=BigIntegerField()), 0)
        return sales.select_related("project", "buyer", "recorded_by").annotate(settled_total=settled)

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        live = queryset.exclude(status=Sale.Status.CANCELLED).order_by()
        for row in (
            live.values("currency").annotate(quantity=Sum("quantity"), amount=Sum("amount_minor"), settled=Sum("settled_total")).order_by("currency")
        ):
            currency = row["currency"]
            yield Fact(_("Sold"), f"{row['quantity']:,} tCO2e · {Money(row['amount'], currency)}")
            yield Fact(_("Received"), Money(row["settled"], currency))
            yield Fact(_("Still owed"), Money(row["amount"] - row["settled"], currency))

    @display(description=_("project"), ordering="project__name")
    def project_name(self, sale: Sale) -> str:
        return row_link(sale.project)

    @display(description=_("status"), label={"AGREED": "warning", "DELIVERED": "success", "CANCELLED": "danger"}, ordering="status")
    def shown_status(self, sale: Sale) -> tuple[str, str]:
        return sale.status, sale.get_status_display()

    @display(description=_("quantity (tCO2e)"), ordering="quantity")
    def shown_quantity(self, sale: Sale) -> str:
        return count_cell(sale.quantity)

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, sale: Sale) -> str:
        return amount_cell(sale.amount_minor, sale.currency)

    @display(description=_("price per tonne"))
    def price(self, sale: Sale) -> str:
        short = sale.unit_price.normalize()
        shown = short if -int(short.as_tuple().exponent) > EXPONENTS[sale.currency] else round(short, EXPONENTS[sale.currency])
        return format_html('<span class="number">{} {}</span>', sale.currency, f"{shown:,f}")

    @display(description=_("fees agreed"))
    def fees(self, sale: Sale) -> str:
        return amount_cell(sale.fees_minor, sale.currency)

    @display(description=_("received"), ordering="settled_total")
    def settled(self, sale: Any) -> str:
        return amount_cell(sale.settled_total, sale.currency)

    @display(description=_("still owed"))
    def owed(self, sale: Any) -> str:
        return amount_cell(None if sale.status == Sale.Status.CANCELLED else sale.amount_minor - sale.settled_total, sale.currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        progress = queries.sale_progress(sale=row)
        trace = trace_url(row)
        paid = [
            Fact(_("Amount"), Money(progress.amount_minor, row.currency)),
            Fact(_("Received"), Money(progress.settled_minor, row.currency), list_address(Receipt, sale__id__exact=row.pk)),
            Fact(_("Still owed"), Money(progress.outstanding_minor, row.currency)),
        ]
        yield _("What was paid"), [*paid, Fact(_("Where the money went"), _("Follow it to the villages"), trace)] if trace else paid
        lots = row.lots.select_related("issuance").order_by("first")
        yield (
            _("Serial numbers sold"),
            [Fact(f"{lot.first}–{lot.last}", f"{lot.quantity:,} tCO2e · {lot.issuance}", row_address(lot.issuance)) for lot in lots],
        )
        receipts = Receipt.objects.filter(sale=row).select_related("bank_account").order_by("value_date", "id")
        yield _("Receipts"), [Fact(one.reference, _receipt_line(one), row_address(one)) for one in receipts]


def _receipt_line(receipt: Receipt) -> str:
    line = f"{receipt.value_date} · {Money(receipt.gross_minor, receipt.currency)} · {receipt.bank_account} {receipt.bank_reference}"
    held = gettext("%(amount)s held") % {"amount": Money(receipt.held_minor, receipt.currency)} if receipt.held_minor else ""
    return f"{line} · {held}" if held else line
