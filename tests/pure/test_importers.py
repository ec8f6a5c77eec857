"""Registry exports and the ministry's lists: read whole, or every mistake with its line."""

from __future__ import annotations

from decimal import Decimal

from communities.registry.importers.recipients import parse_recipients
from communities.registry.importers.villages import parse_counts, parse_villages
from revenue.credits.importers.by_hand import parse_typed_issuances
from revenue.credits.importers.verra import COLUMNS, parse_verra_export
from revenue.credits.serials import SerialRange

HEADER = ",".join(column.name for column in COLUMNS)
VILLAGES = frozenset({"11010101", "11010102", "02010101"})
RECIPIENTS = "recipient_code,kind,name,name_km,province,village_codes,account_channel,account_institution,account_name,account_number\n"


def block(first: int, last: int, *, quantity: str = "", project: str = "1748", year: int = 2019, retired: str = "") -> str:
    serial = f"11158-{first}-{last}-VCS-VCU-263-VER-KH-14-1748-0101{year}-3112{year}-1"
    said = quantity or f"{last - first + 1:,}"
    vintage = f"01/01/{year},31/12/{year}"
    return f'05/03/2021,,{vintage},{project},Southern Cardamom,Cambodia,AFOLU,VM0009,"9,000,000","{said}",{serial},CCB-Gold,{retired},,,\n'


def verra(*lines: str, header: str = HEADER) -> list[tuple[int, str, str]]:
    parsed = parse_verra_export(content=(header + "\n" + "".join(lines)).encode(), filename="vcus.csv", programmes={"1748"})
    return [(error.line, error.column, error.message) for error in parsed.errors]


def test_a_registry_export_gives_its_blocks_with_vintage_and_retirement() -> None:
    content = (HEADER + "\n" + block(1, 100) + block(101, 1300, retired="01/02/2022")).encode()
    parsed = parse_verra_export(content=content, filename="vcus.csv", programmes={"1748"})
    assert [(row.quantity, row.block.numbers, row.retired_on is not None) for row in parsed.rows] == [
        (100, SerialRange(1, 100), False),
        (1200, SerialRange(101, 1300), True),
    ]
    assert parsed.errors == ()


def test_the_older_export_with_country_and_iso_dates_is_read() -> None:
    line = block(1, 100).replace("05/03/2021", "2021-03-05").replace("01/01/2019", "2019-01-01").replace("31/12/2019", "2019-12-31")
    assert verra(line, header=HEADER.replace("Country/Area", "Country")) == []


def test_a_quantity_that_is_not_last_minus_first_plus_one_is_named() -> None:
    ((line, column, message),) = verra(block(1, 100, quantity="99"))
    assert (line, column) == (2, "Quantity Issued")
    assert "holds 100 credits" in message


def test_credits_that_stand_on_two_lines_are_named_with_both_lines() -> None:
    ((line, column, message),) = verra(block(1, 100), block(500, 600), block(90, 120))
    assert (line, column) == (4, "Serial Number")
    assert message == "Credits 90–100 are on line 2 already. Each credit may be listed once."


def test_a_block_inside_a_far_earlier_one_is_still_noticed() -> None:
    assert [line for line, _, _ in verra(block(1, 1000), block(10, 20), block(30, 40))] == [3, 4]


def test_the_same_numbers_of_another_vintage_are_other_credits() -> None:
    assert verra(block(1, 100), block(1, 100, year=2020)) == []


def test_a_project_that_is_not_in_the_register_is_named() -> None:
    errors = verra(block(1, 100, project="9999"))
    assert [column for _, column, _ in errors] == ["ID", "Serial Number"]


def test_a_missing_column_of_the_export_is_named() -> None:
    ((line, _, message),) = verra(header=HEADER.replace("Serial Number", "Serial"))
    assert line == 0
    assert "“Serial Number” is missing" in message


def test_a_formula_in_the_export_is_refused_at_its_cell() -> None:
    errors = verra(block(1, 100).replace('"100"', "=50+50"))
    assert [(line, column) for line, column, _ in errors] == [(2, "Quantity Issued")]


def test_a_vintage_that_disagrees_with_the_serial_is_named() -> None:
    ((_, column, message),) = verra(block(1, 100).replace("01/01/2019,31/12/2019", "01/01/2018,31/12/2018"))
    assert column == "Vintage Start"
    assert "01/01/2019 – 31/12/2019" in message


def test_jcm_issuances_are_typed_in_with_first_and_last_number() -> None:
    content = (
        b"Project ID,Issuance Date,Vintage Start,Vintage End,First Serial Number,Last Serial Number,Quantity\n"
        b'KH005,22/12/2023,12/03/2018,31/12/2020,1,"5,000","5,000"\nKH005,22/12/2023,12/03/2018,31/12/2020,9,5,1\n'
        b"KH005,22/12/2023,12/03/2018,31/12/2020,6001,6100,99\n"
    )
    parsed = parse_typed_issuances(content=content, filename="jcm.csv", programmes={"KH005"})
    assert [(row.series, row.numbers.quantity) for row in parsed.rows] == [("JCM:KH005:2018-03-12:2020-12-31", 5000)]
    assert [(error.line, error.column) for error in parsed.errors] == [(3, "Last Serial Number"), (4, "Quantity")]


def test_villages_keep_their_khmer_names_and_get_back_a_lost_zero() -> None:
    content = "village_code,name,name_km,commune,district,province\n2010101,Ou,អូរ,C,D,P\n".encode()
    parsed = parse_villages(content=content, filename="v.csv")
    assert [(row.code, row.name_km) for row in parsed.rows] == [("02010101", "អូរ")]


def test_a_village_listed_twice_is_named_with_its_first_line() -> None:
    content = b"village_code,name,name_km,commune,district,province\n11010101,A,,C,D,P\n11010101,B,,C,D,P\n1101,C,,C,D,P\n"
    errors = parse_villages(content=content, filename="v.csv").errors
    assert [(error.line, error.message[:24]) for error in errors] == [(3, "Village 11010101 is on l"), (4, "“1101” is not a village ")]


def test_counts_leave_out_what_was_not_counted() -> None:
    content = b"village_code,households,area_ha\n11010101,214,\n11010102,,1250.5\n"
    parsed = parse_counts(content=content, filename="c.csv", villages=VILLAGES)
    assert [row.values for row in parsed.rows] == [{"households": Decimal(214)}, {"area_ha": Decimal("1250.5")}]


def test_counts_that_are_wrong_are_each_named() -> None:
    content = b"village_code,households,area_ha\n99999999,1,\n11010101,-4,\n11010102,1.5,NaN\n02010101,,\n"
    errors = parse_counts(content=content, filename="c.csv", villages=VILLAGES).errors
    assert [(error.line, error.column) for error in errors] == [
        (2, "village_code"),
        (3, "households"),
        (4, "households"),
        (4, "area_ha"),
        (5, "households"),
    ]


def test_a_population_that_is_not_women_and_men_is_named() -> None:
    content = b"village_code,population,population_female,population_male\n11010101,10,6,5\n11010102,11,6,5\n"
    parsed = parse_counts(content=content, filename="c.csv", villages=VILLAGES)
    assert [(error.line, error.message) for error in parsed.errors] == [(2, "The population is 10, but women and men together are 11.")]


def test_a_recipient_comes_with_its_villages_and_account() -> None:
    content = (RECIPIENTS + "KS-01,village_committee,Andoung,អណ្ដូង,P,11010101 11010102,BANK,ABA,Andoung,000 123 456\n").encode()
    (recipient,) = parse_recipients(content=content, filename="r.csv", villages=VILLAGES).rows
    assert (recipient.kind, recipient.village_codes) == ("VILLAGE_COMMITTEE", ("11010101", "11010102"))
    assert recipient.account is not None
    assert recipient.account.number == "000 123 456"


def test_a_ranger_unit_needs_no_village_and_a_community_does() -> None:
    content = (RECIPIENTS + "R-1,RANGER_UNIT,Unit,,P,,,,,\nKS-2,ICC,Body,,P,,,,,\n").encode()
    parsed = parse_recipients(content=content, filename="r.csv", villages=VILLAGES)
    assert [row.code for row in parsed.rows] == ["R-1"]
    assert [(error.line, error.column) for error in parsed.errors] == [(3, "village_codes")]


def test_two_recipients_may_not_share_an_account_however_it_is_written() -> None:
    lines = "A-1,RANGER_UNIT,A,,P,,BANK,ABA,A,000 123 456\nA-2,RANGER_UNIT,B,,P,,BANK,aba,B,000123456\n"
    errors = parse_recipients(content=(RECIPIENTS + lines).encode(), filename="r.csv", villages=VILLAGES).errors
    assert [(error.line, error.column) for error in errors] == [(3, "account_number")]


def test_half_an_account_and_unknown_words_are_named() -> None:
    lines = "A 1,TRIBE,A,,P,77777777 11010101 11010101,BANK,,A,twelve\n"
    errors = parse_recipients(content=(RECIPIENTS + lines).encode(), filename="r.csv", villages=VILLAGES).errors
    assert sorted({error.column for error in errors}) == ["account_institution", "account_number", "kind", "recipient_code", "village_codes"]
