"""The programme of the demonstration: its projects, recipients, sales and how much of each plan reaches whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

TODAY: Final = date(2026, 11, 22)
# The quarters of the demonstration: the last is running, the one before it is the newest complete one.
QUARTERS: Final = tuple(f"{year}Q{quarter}" for year in range(2023, 2027) for quarter in range(1, 5))[3:]
NEWEST, RUNNING = QUARTERS[-2], QUARTERS[-1]
# New accounts were opened for the programme on 1 July 2026: what came before stays in the old ones.
NEW_ACCOUNTS_FROM: Final = "2026Q3"


@dataclass(frozen=True, slots=True)
class Body:
    """How recipients of one kind cover a project's villages: how many villages each of them has, in order."""

    prefix: str
    kind: str
    villages: tuple[int, ...]
    group: str
    label: str
    label_km: str


@dataclass(frozen=True, slots=True)
class Purse:
    """A pot of the plan: its parts per thousand of what is left after costs and reserve, and who shares it by what."""

    code: str
    purpose: str
    per_mille: int
    group: str
    key: str


@dataclass(frozen=True, slots=True)
class Programme:
    """One project: where its villages are, who is paid, and from which quarter on money comes in."""

    code: str
    short: str
    office: str
    registry: str
    programme_id: str
    districts: tuple[str, ...]
    bodies: tuple[Body, ...]
    rangers: tuple[tuple[str, str], ...]
    partner: tuple[str, str]
    trainer: tuple[str, str]
    first_quarter: str
    instalment_usd: int
    price_cents: int
    costs_per_mille: int
    reserve_per_mille: int
    purses: tuple[Purse, ...]
    paid_each_quarter: int


def purses(villages: int, rangers: int, training: int, key: str) -> tuple[Purse, ...]:
    """Return the three pots of a plan; the parts are per thousand."""
    return (
        Purse("community", "community_development", villages, "communities", key),
        Purse("protection", "forest_protection", rangers, "rangers", "equal"),
        Purse("training", "training", training, "trainers", "equal"),
    )


COMMITTEE: Final = ("village committee", "គណៈកម្មការភូមិ")
CPA: Final = ("protected area community", "សហគមន៍តំបន់ការពារធម្មជាតិ")
CFMC: Final = ("community forest", "សហគមន៍ព្រៃឈើ")
ICC: Final = ("indigenous community", "សហគមន៍ជនជាតិដើមភាគតិច")
COMMUNE: Final = ("commune council", "ក្រុមប្រឹក្សាឃុំ")

KEO_SEIMA: Final = Programme(
    code="keo-seima",
    short="KS",
    office="moe",
    registry="VERRA",
    programme_id="1650",
    districts=("1101", "1103", "1005"),
    bodies=(
        Body("ICC", "ICC", (3,), "communities", *ICC),
        Body("VC", "VILLAGE_COMMITTEE", (1,) * 17, "communities", *COMMITTEE),
    ),
    rangers=(
        ("Keo Seima patrol unit 1 (demonstration)", "អង្គភាពល្បាតកែវសីមា ១ (សាកល្បង)"),
        ("Keo Seima patrol unit 2 (demonstration)", "អង្គភាពល្បាតកែវសីមា ២ (សាកល្បង)"),
    ),
    partner=("Keo Seima project office (demonstration)", "ការិយាល័យគម្រោងកែវសីមា (សាកល្បង)"),
    trainer=("Mondulkiri training centre (demonstration)", "មជ្ឈមណ្ឌលបណ្ដុះបណ្ដាលមណ្ឌលគិរី (សាកល្បង)"),
    first_quarter="2023Q4",
    instalment_usd=216_000,
    price_cents=720,
    costs_per_mille=100,
    reserve_per_mille=50,
    purses=purses(600, 280, 120, "equal"),
    paid_each_quarter=11,
)
SOUTHERN_CARDAMOM: Final = Programme(
    code="southern-cardamom",
    short="SC",
    office="moe",
    registry="VERRA",
    programme_id="1748",
    districts=("0907", "0901", "1506"),
    bodies=(
        Body("VC", "VILLAGE_COMMITTEE", (1,) * 14, "communities", *COMMITTEE),
        Body("CPA", "CPA", (3, 3), "communities", *CPA),
    ),
    rangers=(
        ("Southern Cardamom ranger station 1 (demonstration)", "ស្ថានីយឧទ្យានុរក្សជួរភ្នំក្រវាញខាងត្បូង ១ (សាកល្បង)"),
        ("Southern Cardamom ranger station 2 (demonstration)", "ស្ថានីយឧទ្យានុរក្សជួរភ្នំក្រវាញខាងត្បូង ២ (សាកល្បង)"),
    ),
    partner=("Southern Cardamom project office (demonstration)", "ការិយាល័យគម្រោងក្រវាញខាងត្បូង (សាកល្បង)"),
    trainer=("Koh Kong vocational school (demonstration)", "សាលាវិជ្ជាជីវៈកោះកុង (សាកល្បង)"),
    first_quarter="2024Q4",
    instalment_usd=180_000,
    price_cents=600,
    costs_per_mille=120,
    reserve_per_mille=50,
    purses=purses(560, 320, 120, "households"),
    paid_each_quarter=10,
)
TUMRING: Final = Programme(
    code="tumring",
    short="TR",
    office="fa",
    registry="VERRA",
    programme_id="1689",
    districts=("0606",),
    bodies=(Body("CF", "CFMC", (1,) * 14, "communities", *CFMC),),
    rangers=(("Tumring forest patrol (demonstration)", "ក្រុមល្បាតព្រៃឈើទំរីង (សាកល្បង)"),),
    partner=("Tumring project office (demonstration)", "ការិយាល័យគម្រោងទំរីង (សាកល្បង)"),
    trainer=("Kampong Thom forestry school (demonstration)", "សាលារុក្ខាកម្មកំពង់ធំ (សាកល្បង)"),
    first_quarter="2024Q1",
    instalment_usd=72_000,
    price_cents=480,
    costs_per_mille=100,
    reserve_per_mille=100,
    purses=purses(620, 240, 140, "area_ha"),
    paid_each_quarter=8,
)
PREY_LANG: Final = Programme(
    code="prey-lang",
    short="PL",
    office="moe",
    registry="JCM",
    programme_id="KH005",
    districts=("1905", "1902"),
    bodies=(
        Body("CPA", "CPA", (2, 2, 2, 2, 2), "communities", *CPA),
        Body("CC", "COMMUNE", (2,), "communities", *COMMUNE),
    ),
    rangers=(("Prey Lang ranger team (demonstration)", "ក្រុមឧទ្យានុរក្សព្រៃឡង់ (សាកល្បង)"),),
    partner=("Prey Lang project office (demonstration)", "ការិយាល័យគម្រោងព្រៃឡង់ (សាកល្បង)"),
    trainer=("Stung Treng training centre (demonstration)", "មជ្ឈមណ្ឌលបណ្ដុះបណ្ដាលស្ទឹងត្រែង (សាកល្បង)"),
    first_quarter="2024Q2",
    instalment_usd=60_000,
    price_cents=800,
    costs_per_mille=100,
    reserve_per_mille=50,
    purses=purses(580, 300, 120, "population"),
    paid_each_quarter=5,
)
ROMTUM: Final = Programme(
    code="romtum-forests",
    short="RF",
    office="fa",
    registry="NATIONAL",
    programme_id="DEMO-CF-01",
    districts=("1305",),
    bodies=(
        Body("CF", "CFMC", (1, 1, 1, 1), "communities", *CFMC),
        Body("ICC", "ICC", (1,), "communities", *ICC),
    ),
    rangers=(("Romtum patrol group (demonstration)", "ក្រុមល្បាតរំទំ (សាកល្បង)"),),
    partner=("Romtum federation office (demonstration)", "ការិយាល័យសហព័ន្ធរំទំ (សាកល្បង)"),
    trainer=("Preah Vihear farm school (demonstration)", "សាលាកសិកម្មព្រះវិហារ (សាកល្បង)"),
    first_quarter="2025Q1",
    instalment_usd=24_000,
    price_cents=960,
    costs_per_mille=80,
    reserve_per_mille=50,
    purses=purses(640, 240, 120, "equal"),
    paid_each_quarter=5,
)
PROGRAMMES: Final = (KEO_SEIMA, SOUTHERN_CARDAMOM, TUMRING, PREY_LANG, ROMTUM)

# Romtum's first money came before its plan, and its plan ran out before the next one was agreed: in these quarters
# the whole receipt stands unallocated and nothing can be asked for.
WITHOUT_PLAN: Final = {"romtum-forests": ("2025Q1", "2026Q3", "2026Q4")}
# Riel for a dollar in the first month of each quarter (invented, in the range of the market).
RATES: Final = dict(
    zip(QUARTERS, (4125, 4085, 4100, 4110, 4065, 4030, 4015, 4010, 4005, 4020, 4025, 4015, 4010), strict=True),
)


def bank_account(*, programme: Programme, quarter: str) -> str:
    """Return the account into which a project's money came in a quarter."""
    return f"{programme.office}-{'aba' if quarter >= NEW_ACCOUNTS_FROM else 'acleda'}"


def first_day(*, quarter: str) -> date:
    """Return the first day of a quarter such as 2026Q3."""
    return date(int(quarter[:4]), 3 * int(quarter[5]) - 2, 1)


def quarters_of(*, programme: Programme) -> tuple[str, ...]:
    """Return the quarters in which a project has money coming in."""
    return tuple(quarter for quarter in QUARTERS if quarter >= programme.first_quarter)
