"""
East Kalimantan's letter S-397/BPDLH/2023: what it prints adds up, and where it does not, by how much.

Printed: USD 8,281,038 at 14,800 for 441 villages of eight districts, equal inside each district. The printed total
includes the intermediary's fee, which the districts' printed totals leave over.
Source: https://kaltim.antaranews.com/berita/209559/sekda-dana-fcpf-rp12256-miliar-untuk-desa-segera-cair
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from revenue.sharing.engine import Allocation, Facts, Source, allocate
from revenue.sharing.planfile import parse

# District: villages, rupiah for each as printed (in millions), the district's total as printed (in billions).
PRINTED = {
    "balikpapan": (2, "107.20", "0.2144"),
    "berau": (79, "349.10", "27.57"),
    "kutai_barat": (81, "201.64", "16.33"),
    "kutai_kartanegara": (68, "145.43", "9.88"),
    "kutai_timur": (83, "305.18", "25.33"),
    "mahakam_ulu": (46, "378.00", "17.38"),
    "paser": (68, "283.26", "19.26"),
    "penajam_paser_utara": (14, "240.71", "3.37"),
}
RUPIAH = 8_281_038 * 14_800
HEAD = """format: 1
project: IDN-KALTIM
title: Villages of East Kalimantan
legal_basis: Letter S-397/BPDLH/2023
effective_from: 2023-01-01
currency: IDR
pots:
  - {code: villages, title: Villages, purpose: community_development}
  - {code: intermediary, title: Intermediary, purpose: costs}
steps:
  - {split: receipt, into: {villages: 100 %}}
"""
BY_RATE = HEAD + "  - {pay: villages, among: villages, rate: 1000000, for_each: printed_millions, rest: intermediary}\n"
BY_DISTRICT = """format: 1
project: IDN-KALTIM
title: Villages of East Kalimantan
legal_basis: Letter S-397/BPDLH/2023
effective_from: 2023-01-01
currency: IDR
pots:
  - {code: intermediary, title: Intermediary, purpose: costs}
  - {code: villages, title: Villages, purpose: community_development}
steps:
  - {charge: intermediary, from: receipt, take: stated intermediary}
  - {split: receipt, into: {villages: 100 %}}
  - {share: villages, among: districts, by: printed_total}
  - {share: villages, among: villages, within: districts, by: equal}
"""
MEMBERS = {district: tuple(f"{district}_{number:02d}" for number in range(1, count + 1)) for district, (count, _each, _total) in PRINTED.items()}
VILLAGES = tuple(code for codes in MEMBERS.values() for code in codes)


def shared(text: str, facts: Facts) -> Allocation:
    return allocate(plan=parse(text), facts=facts, source=Source(RUPIAH * 100, "IDR"))


@pytest.fixture(scope="module")
def by_rate() -> Allocation:
    each = {code: Fraction(PRINTED[district][1]) for district, codes in MEMBERS.items() for code in codes}
    return shared(BY_RATE, Facts(groups={"villages": VILLAGES}, indicators={"printed_millions": each}))


@pytest.fixture(scope="module")
def by_district() -> Allocation:
    totals = {district: Fraction(total) for district, (_count, _each, total) in PRINTED.items()}
    left = RUPIAH - sum(totals.values(), Fraction(0)) * 10**9
    return shared(
        BY_DISTRICT,
        Facts(
            groups={"districts": tuple(PRINTED), "villages": VILLAGES},
            within={"villages": MEMBERS},
            indicators={"printed_total": totals},
            values={"intermediary": Fraction(left)},
        ),
    )


def of_districts(allocation: Allocation) -> dict[str, int]:
    sums = dict.fromkeys(PRINTED, 0)
    for line in allocation.lines:
        if line.recipient:
            sums[line.recipient.rpartition("_")[0]] += line.amount_minor
    return sums


def test_the_printed_villages_are_441() -> None:
    assert len(VILLAGES) == 441


def test_the_rupiah_are_the_dollars_at_the_printed_rate(by_rate: Allocation) -> None:
    assert sum(line.amount_minor for line in by_rate.lines) == 122_559_362_400 * 100


def test_the_printed_district_totals_add_up_to_119_3344_billion(by_district: Allocation) -> None:
    assert sum(of_districts(by_district).values()) == 119_334_400_000 * 100


def test_each_district_gets_exactly_its_printed_total(by_district: Allocation) -> None:
    assert of_districts(by_district) == {district: Fraction(total) * 10**11 for district, (_count, _each, total) in PRINTED.items()}


def test_what_the_districts_leave_is_the_intermediarys_2_6_percent(by_district: Allocation) -> None:
    left = next(line.amount_minor for line in by_district.lines if line.pot == "intermediary")
    assert left == 3_224_962_400 * 100
    assert round(Fraction(left, RUPIAH * 100) * 1000) == 26


def test_the_printed_gap_is_of_the_rounded_total() -> None:
    assert Fraction("122.56") - sum(Fraction(total) for _count, _each, total in PRINTED.values()) == Fraction("3.2256")


def test_villages_of_one_district_get_the_same_to_the_sen(by_district: Allocation) -> None:
    berau = [line.amount_minor for line in by_district.lines if line.recipient in MEMBERS["berau"]]
    assert max(berau) - min(berau) <= 1
    assert sum(berau) == 27_570_000_000 * 100


def test_printed_totals_are_cut_off_by_less_than_a_hundredth_of_a_billion(by_rate: Allocation) -> None:
    off = {district: minor - Fraction(PRINTED[district][2]) * 10**11 for district, minor in of_districts(by_rate).items()}
    assert all(abs(rest) < 10**9 for rest in off.values())
    assert off["kutai_kartanegara"] == 9_240_000 * 100  # 68 × 145.43 million = 9.88924 billion, printed 9.88
