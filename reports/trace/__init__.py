"""Where money went and where it came from, for pages, files and commands."""

from reports.trace.documents import NothingToTrace
from reports.trace.down import SaleTrace, trace_sale, tranches_of_sale
from reports.trace.picture import flow_of_sale
from reports.trace.places import PlaceTrace, trace_account, trace_disbursement, trace_recipient
from reports.trace.pots import PaidOut
from reports.trace.table import rows_of_place, rows_of_sale, rows_of_spending
from reports.trace.up import SpendingTrace, trace_spending

__all__ = [
    "NothingToTrace",
    "PaidOut",
    "PlaceTrace",
    "SaleTrace",
    "SpendingTrace",
    "flow_of_sale",
    "rows_of_place",
    "rows_of_sale",
    "rows_of_spending",
    "trace_account",
    "trace_disbursement",
    "trace_recipient",
    "trace_sale",
    "trace_spending",
    "tranches_of_sale",
]
