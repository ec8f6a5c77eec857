"""Who is paid in the demonstration: the lists of recipients, of their places in the plans, and of what was counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from config.demonstration.programme import PROGRAMMES, Body, Programme

FILES: Final = Path(__file__).parent / "files"
RECIPIENT_COLUMNS: Final = (
    "recipient_code", "kind", "name", "name_km", "province", "village_codes",
    "account_channel", "account_institution", "account_name", "account_number",
)  # fmt: skip
COUNT_COLUMNS: Final = ("village_code", "households", "population", "population_female", "population_male", "area_ha")
# Channels and institutions in the order they are given out.
ACCOUNTS: Final = (("BANK", "ACLEDA"), ("BANK", "ABA"), ("BANK", "ACLEDA"), ("WALLET", "Wing"), ("BANK", "Canadia"))

Village = dict[str, str]
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Party:
    """A recipient of the demonstration with the villages it covers."""

    code: str
    programme: str
    kind: str
    group: str
    name: str
    name_km: str
    province: str
    villages: tuple[str, ...]
    indigenous: bool


def villages() -> list[Village]:
    """Read the villages that the gazetteer gave."""
    with (FILES / "villages.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def parties(*, known: list[Village]) -> list[Party]:
    """Return every recipient, project by project."""
    return [party for programme in PROGRAMMES for party in _parties(programme, known)]


def _parties(programme: Programme, known: list[Village]) -> Iterator[Party]:
    own = [village for district in programme.districts for village in known if village["village_code"][:4] == district]
    for body in programme.bodies:
        for number, count in enumerate(body.villages, start=1):
            covered, own = own[:count], own[count:]
            yield _community(programme, body, number, covered, known)
    for number, (name, name_km) in enumerate(programme.rangers, start=1):
        yield _other(programme, f"RU-{number:02d}", "RANGER_UNIT", "rangers", (name, name_km), known)
    yield _other(programme, "OFFICE", "PARTNER", "office", programme.partner, known)
    yield _other(programme, "SCHOOL", "TRAINING_PROVIDER", "trainers", programme.trainer, known)


def _community(programme: Programme, body: Body, number: int, covered: list[Village], known: list[Village]) -> Party:
    first = covered[0]
    twins = [village for village in known if village["name"] == first["name"]]
    place = first["commune"] if body.kind == "COMMUNE" else first["name"]
    shown = f"{place} ({first['commune']})" if len(twins) > 1 and body.kind != "COMMUNE" else place
    return Party(
        code=f"{programme.short}-{body.prefix}-{number:02d}",
        programme=programme.code,
        kind=body.kind,
        group=body.group,
        name=f"{shown} {body.label}",
        name_km=f"{body.label_km}{'' if body.kind == 'COMMUNE' else first['name_km']}",
        province=first["province"],
        villages=tuple(village["village_code"] for village in covered),
        indigenous=any(village["indigenous_group"] for village in covered),
    )


def _other(programme: Programme, suffix: str, kind: str, group: str, names: tuple[str, str], known: list[Village]) -> Party:
    place = next(village for village in known if village["village_code"][:4] == programme.districts[0])
    return Party(f"{programme.short}-{suffix}", programme.code, kind, group, *names, place["province"], (), False)


def recipient_rows(*, everybody: list[Party], chance: Random) -> list[list[str]]:
    """Return the list of recipients with invented accounts, in the columns of the importer."""
    return [
        [
            party.code, party.kind, party.name, party.name_km, party.province, " ".join(party.villages),
            *ACCOUNTS[place % len(ACCOUNTS)], party.name.upper(), f"000 {chance.randrange(100, 999)} {place + 1:03d}",
        ]
        for place, party in enumerate(everybody)
    ]  # fmt: skip


def beneficiary_rows(*, everybody: list[Party]) -> list[list[str]]:
    """Return each recipient's place in its project's plan: project, group, recipient, from, until."""
    return [[party.programme, party.group, party.code, "2023-01-01", ""] for party in everybody if party.group != "office"]


def counts(*, known: list[Village], chance: Random) -> Counts:
    """Invent what was counted in each village; areas are whole hectares."""
    counted: Counts = {}
    for village in known:
        households = chance.randrange(62, 340)
        people = households * chance.randrange(41, 49) // 10
        women = people * chance.randrange(488, 516) // 1000
        counted[village["village_code"]] = {
            "households": households,
            "population": people,
            "population_female": women,
            "population_male": people - women,
            "area_ha": chance.randrange(420, 5200),
        }
    return counted


def grown(*, before: Counts, chance: Random) -> Counts:
    """Return a later count: a few per cent more people, the same area."""
    later: Counts = {}
    for code, old in before.items():
        women = old["population_female"] * chance.randrange(1010, 1070) // 1000
        men = old["population_male"] * chance.randrange(1010, 1070) // 1000
        later[code] = {
            "households": old["households"] * chance.randrange(1005, 1060) // 1000,
            "population": women + men,
            "population_female": women,
            "population_male": men,
            "area_ha": old["area_ha"],
        }
    return later


def count_rows(*, counted: Counts) -> list[list[str]]:
    """Return a count in the columns of the importer."""
    return [[code, *(str(values[name]) for name in COUNT_COLUMNS[1:])] for code, values in counted.items()]


def weight(*, party: Party, key: str, counted: Counts) -> int:
    """Return a recipient's weight by a key: 1 for equal shares, else the sum over its villages."""
    return 1 if key == "equal" else sum(counted[village][key] for village in party.villages)
