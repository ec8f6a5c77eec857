"""A real Chromium loads our pages, and nothing from anywhere else."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_login_page_loads_nothing_from_elsewhere_and_breaks_no_policy(live_server: Any, browser_page: Any) -> None:
    outside: list[str] = []
    complaints: list[str] = []
    browser_page.on("request", lambda request: None if request.url.startswith((live_server.url, "data:", "blob:")) else outside.append(request.url))
    browser_page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    answer = browser_page.goto(f"{live_server.url}/login/", wait_until="networkidle")
    assert answer.status == 200
    assert (outside, complaints) == ([], [])


def test_the_login_page_fits_a_phone(live_server: Any, phone_page: Any) -> None:
    phone_page.goto(f"{live_server.url}/login/")
    assert phone_page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
