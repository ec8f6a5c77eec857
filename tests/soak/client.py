"""
One client of the soak: it plans an act, writes it down, does it, and writes down what was confirmed to it.

It may be killed at any moment. The one that takes its place reads the log and sends again, word for word, what has no
answer yet; so does a client whose session with the database was cut off.
"""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from django.db import InterfaceError, OperationalError, connection

from core.refusal import Refused
from tests.soak.acts import ACTS, Act, Facts
from tests.soak.stage import Stage

Answer = dict[str, Any]
SENT_AGAIN: Final = 0.06
SENT_TWICE_AT_ONCE: Final = 0.03
PATIENCE_SECONDS: Final = 300


class Notebook:
    """The log of one client: lines of JSON, each written with one call, so that a kill leaves whole lines."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, **line: Any) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from (json.loads(line) for line in path.read_text().splitlines())


@dataclass(frozen=True, slots=True)
class Client:
    """Where one client works and what it was told; ``done`` is where it counts, ``done[number]`` being its own place."""

    number: int
    operations: int
    seed: int
    log: Path
    stage: Stage
    done: Any

    def work(self) -> None:
        """Go on where the log ends, until the operations are done."""
        book, last = Notebook(self.log), None
        for line in lines_of(self.log):
            last = line
        begin = 0 if last is None else int(last["n"]) + 1
        if last is not None and "answers" not in last:
            book.write(n=last["n"], answers=self._send(last["act"], last["facts"], random=self._random(last["n"]), is_again=True))
        for n in range(begin, self.operations):
            random = self._random(n)
            name, facts = self._plan(random, n)
            book.write(n=n, act=name, facts=facts)
            book.write(n=n, answers=self._send(name, facts, random=random))
            self.done[self.number] = n + 1
        self.done[self.number] = self.operations

    def _random(self, n: int) -> Random:
        return Random(f"{self.seed} {self.number} {n}")

    def _plan(self, random: Random, n: int) -> tuple[str, Facts]:
        names, weights = list(ACTS), [act.weight for act in ACTS.values()]
        while True:
            name = random.choices(names, weights)[0]
            facts = patient(lambda name=name: ACTS[name].plan(self.stage, random, f"{self.number}-{n}"))
            if facts is not None:
                return name, facts

    def _send(self, name: str, facts: Facts, *, random: Random, is_again: bool = False) -> list[Answer]:
        """Do an act, sometimes twice at one moment or once more afterwards; return all answers."""
        chance = random.random()
        if chance < SENT_TWICE_AT_ONCE:
            with ThreadPoolExecutor(max_workers=2) as both:
                return list(both.map(lambda _time: self._in_thread(name, facts, is_again), range(2)))
        answers = [settled(ACTS[name], self.stage, facts, is_again=is_again)]
        if chance < SENT_TWICE_AT_ONCE + SENT_AGAIN:
            answers.append(settled(ACTS[name], self.stage, facts))
        return answers

    def _in_thread(self, name: str, facts: Facts, is_again: bool) -> Answer:
        try:
            return settled(ACTS[name], self.stage, facts, is_again=is_again)
        finally:
            connection.close()


def patient(read: Any) -> Any:
    """Read, however often the session is cut off."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return read()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def settled(act: Act, stage: Stage, facts: Facts, *, is_again: bool = False) -> Answer:
    """
    Send an act until it is answered: confirmed (its audit record and subject), refused (by name), or broken.

    Refused after a cut-off, it may stand all the same: the first attempt was recorded, and its answer was lost. Then a
    row with the act's own key says so, and an act without a key of its own may have been this client's or another's.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return {"done": act.subject(act.do(stage, facts))}
        except Refused as refusal:
            return {"refused": type(refusal).__name__, **(patient(lambda: _stands(act, facts)) if is_again else {})}
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if time.monotonic() > until:
                return {"broken": f"no answer in {PATIENCE_SECONDS} seconds: {error}"}
            is_again = True
            time.sleep(0.05)
        except Exception:
            connection.close()
            return {"broken": traceback.format_exc()[-2000:]}


def _stands(act: Act, facts: Facts) -> Answer:
    if act.field:
        row = act.model._default_manager.filter(**{act.field: facts["key"]}).first()
        return {} if row is None else {"done": act.subject(row)}
    return {"perhaps": act.subject(act.model._default_manager.get(pk=facts["id"]))}
