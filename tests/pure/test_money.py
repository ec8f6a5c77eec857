"""Money is whole minor units, and what people type becomes exactly that or a sentence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import EXPONENTS, LARGEST_MINOR, Money, NotAnAmount, from_decimal, parse_amount, plain


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,250.00", "USD", 125_000),
        ("1250", "USD", 125_000),
        ("0.1", "USD", 10),
        ("៤០០០០០", "KHR", 400_000),
        ("៤០០,០០០", "KHR", 400_000),
        ("400 000", "KHR", 400_000),
        ("-5.25", "USD", -525),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text=text, currency=currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "abc", "1,25", "1.2.3", "=1+1", "1e5", "NaN", "∞", "12,34.5", "--1", f"1.{'0' * 30}1", "9" * 3_000_000])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text=text, currency="USD")


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    with pytest.raises(NotAnAmount, match="decimals"):
        parse_amount(text="1.005", currency="USD")
    with pytest.raises(NotAnAmount, match="decimals"):
        parse_amount(text="1.5", currency="KHR")


def test_an_absurd_amount_is_refused() -> None:
    with pytest.raises(NotAnAmount, match="too large"):
        parse_amount(text="9" * 30, currency="KHR")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(NotAnAmount, match="currency"):
        parse_amount(text="1", currency="XYZ")


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        Money(1, "USD") + Money(1, "KHR")


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_writing_and_reading_an_amount_gives_it_back(minor: int, currency: str) -> None:
    assert parse_amount(text=plain(Money(minor, currency)), currency=currency).minor == minor


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_no_decimal_is_ever_rounded_silently(value: Decimal) -> None:
    try:
        money = from_decimal(value=value, currency="USD")
    except NotAnAmount:
        assert value * 100 != (value * 100).to_integral_value()
    else:
        assert money.major() == value
