"""The broker that needs no server: what is read is whole."""

from __future__ import annotations

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

import config.celery  # noqa: F401
from config.broker import Channel


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    queue = str(tmp_path / "queue")
    options = {"data_folder_in": queue, "data_folder_out": queue, "control_folder": str(tmp_path / "control")}
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.channel()


def test_the_file_system_broker_is_ours(channel: Any) -> None:
    assert isinstance(channel, Channel)


def test_each_message_comes_out_once(channel: Any) -> None:
    for number in range(3):
        channel._put("celery", {"number": number})
    assert sorted(channel._get("celery")["number"] for _ in range(3)) == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("celery")


def test_a_message_is_whole_before_it_has_a_name_that_is_looked_for(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def look(self: Path, target: Path) -> None:
        with pytest.raises(Empty):
            channel._get("celery")
        seen.append(self.read_text())

    monkeypatch.setattr(Path, "replace", look)
    channel._put("celery", {"number": 1})
    assert seen == ['{"number": 1}']


def test_a_message_cut_short_is_put_aside_and_the_next_is_read(channel: Any) -> None:
    (Path(channel.data_folder_in) / "0_cut.celery.msg").write_text("")
    channel._put("celery", {"number": 1})
    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._get("celery") == {"number": 1}
