"""The API's documentation page in a real browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from core.people.models import Role, User
from tests.flows.scene import signed_in


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_documentation_loads_under_the_content_policy_and_asks_no_other_host(live_server: Any, browser_context: Any) -> None:
    auditor = User.objects.create_user("bopha", "a-long-plain-word", full_name="Bopha Chea", role=Role.AUDITOR)
    session = signed_in(auditor).cookies[settings.SESSION_COOKIE_NAME].value
    browser_context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = browser_context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/api/docs/")
    page.get_by_text("/api/spending/log/").wait_for()
    ours = urlsplit(live_server.url).netloc
    assert not [url for url in asked if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != ours]
    assert not complaints
