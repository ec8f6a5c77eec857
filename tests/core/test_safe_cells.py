"""What the office's lists write into a spreadsheet is never a formula."""

from __future__ import annotations

import pytest

from core.admin import safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\n=1", " =1", "\u00a0=1", "＝1+1", "＠x", "|calc"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-5", "-1,250.00", -5, "សុខា", "a=b", "", None, "12 % of gross"])
def test_numbers_and_words_stay_as_they_are(value: object) -> None:
    assert safe_cell(value) == ("" if value is None else str(value))
