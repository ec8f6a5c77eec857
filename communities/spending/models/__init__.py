"""What recipients spent, taught and owe back, with its evidence, what the office said to it, and how it came from phones."""

from communities.spending.models.arrivals import Arrival, Upload, UploadPart
from communities.spending.models.records import STEPS, Category, Evidence, ReviewStep, SpendingRecord, Status, TrainingRecord
from communities.spending.models.recoverables import LaterCover, Recoverable, Settlement

__all__ = [
    "STEPS",
    "Arrival",
    "Category",
    "Evidence",
    "LaterCover",
    "Recoverable",
    "ReviewStep",
    "Settlement",
    "SpendingRecord",
    "Status",
    "TrainingRecord",
    "Upload",
    "UploadPart",
]
