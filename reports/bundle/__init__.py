"""The audit bundle: a quarter's books and documents as plain text, with the program that proves them."""

from reports.bundle.export import NothingToExport, Rushed, export_bundle

__all__ = ["NothingToExport", "Rushed", "export_bundle"]
