"""A price that may not be published cannot be divided out of what is."""

from __future__ import annotations

import pytest

from revenue.credits.models import Sale
from revenue.credits.publishing import published


def sale(number: int, *, is_public: bool = False, project: int = 1) -> Sale:
    return Sale(id=number, project_id=project, price_is_public=is_public)


def test_a_sale_that_may_be_priced_is_printed_whole() -> None:
    said = published([sale(1, is_public=True)])
    assert (said.shows_money(1), said.shows_tonnes(1)) == (True, True)


@pytest.mark.parametrize(("hidden", "tonnes"), [(1, False), (2, False), (3, True), (4, True)])
def test_tonnes_stand_when_three_hidden_sales_of_the_project_stand_together(hidden: int, tonnes: bool) -> None:
    said = published([sale(number) for number in range(hidden)] + [sale(9, is_public=True)])
    assert [said.shows_tonnes(number) for number in range(hidden)] == [tonnes] * hidden
    assert not any(said.shows_money(number) for number in range(hidden))


def test_sales_of_other_projects_hide_nobody() -> None:
    said = published([sale(1), sale(2), sale(3, project=2)])
    assert not any(said.shows_tonnes(number) for number in (1, 2, 3))


@pytest.mark.parametrize(("public", "hidden", "stands"), [(2, 0, True), (2, 1, False), (0, 2, False), (0, 3, False), (1, 3, False), (0, 0, True)])
def test_a_sum_stands_only_where_nothing_is_hidden_in_it(public: int, hidden: int, stands: bool) -> None:
    sales = [*(sale(number, is_public=True) for number in range(public)), *(sale(10 + number) for number in range(hidden))]
    assert published(sales).shows_sum(sales) is stands
