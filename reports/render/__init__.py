"""
Renderings of a frozen snapshot: PDF, XLSX and CSV, all from the same tables.

Nothing here reads the database or the clock: a snapshot goes in, bytes come out, and the
same snapshot gives the same bytes.
"""
