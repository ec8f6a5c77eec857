"""An auditor verifies a quarter without us: every byte counts, and what was changed is named."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from core.audit.models import Seal
from reports.bundle import NothingToExport, export_bundle, verify
from reports.bundle.export import TEXTS
from reports.periods import parse_quarter
from tests.flows.programme import AFTER, Journey, kept_for_module

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
QUARTER = parse_quarter("2026Q3")
Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def bundle(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bundles of two quarters of a small programme, with one more purchase in the second."""
    folder = tmp_path_factory.mktemp("bundles")
    with kept_for_module(django_db_blocker, folder / "files"):
        journey = Journey()
        export_bundle(quarter=parse_quarter("2026Q3"), path=folder / "first.zip", at=AFTER)
        journey.accept(journey.log(2_000_000, on=date(2026, 10, 2), currency="KHR"), on=date(2026, 10, 5))
        for quarter in ("2026Q3", "2026Q4"):
            export_bundle(quarter=parse_quarter(quarter), path=folder / f"{quarter}.zip", at=AFTER)
        yield folder


@pytest.fixture
def unpacked(bundle: Path, tmp_path: Path) -> Path:
    """A folder with the third quarter's files, to damage."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundle / "2026Q3.zip") as packed:
        packed.extractall(folder)
    return folder


def verified(path: Path, *options: str) -> tuple[int, str]:
    """Run the verifier in this process; return its exit status and what it printed."""
    out = io.StringIO()
    with redirect_stdout(out), patch.object(sys, "argv", ["verify.py", str(path), *options]), pytest.raises(SystemExit) as left:
        verify.main()
    return int(str(left.value.code)), out.getvalue()


def names_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def forge_manifest(folder: Path) -> None:
    """Do what a careful forger does: make manifest and line hashes agree with the changed files."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, facts in manifest["files"].items():
        if "lines_in" in facts:
            lines = (folder / name).read_bytes().splitlines(keepends=True)
            (folder / facts["lines_in"]).write_text("".join(f"{hashlib.sha256(line).hexdigest()[:16]}\n" for line in lines))
    for name, facts in manifest["files"].items():
        facts["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    text = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(text)
    (folder / "manifest.sha256").write_text(hashlib.sha256(text).hexdigest() + "\n")


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def edited(folder: Path, name: str, change: Callable[[list[Any]], None]) -> None:
    """Change the rows of a file as rows, and write them back canonically."""
    rows = [json.loads(line) for line in lines_of(folder / name)]
    change(rows)
    (folder / name).write_text(
        "".join(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" for row in rows), encoding="utf-8"
    )


# --- All is well ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("quarter", ["2026Q3", "2026Q4"])
def test_an_honest_bundle_is_verified(bundle: Path, quarter: str) -> None:
    status, said = verified(bundle / f"{quarter}.zip")
    assert said.splitlines()[1:] == [f"{quarter}: all is well."]
    assert status == 0


def test_the_script_in_the_bundle_runs_alone_on_a_bare_python(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle / "2026Q3.zip") as packed:
        packed.extract("verify.py", tmp_path)
    answer = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(bundle / "2026Q3.zip")], cwd=tmp_path, capture_output=True, text=True
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert hashlib.sha256((tmp_path / "verify.py").read_bytes()).hexdigest() in answer.stdout


def test_the_script_needs_the_standard_library_only_and_fits_a_reading() -> None:
    text = Path(verify.__file__).read_text()
    assert len(text.splitlines()) < 300
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


def test_the_unpacked_folder_is_verified_too(unpacked: Path) -> None:
    assert verified(unpacked)[0] == 0


def test_the_same_books_give_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    export_bundle(quarter=QUARTER, path=tmp_path / "again.zip", at=AFTER)
    assert (tmp_path / "again.zip").read_bytes() == (bundle / "2026Q3.zip").read_bytes()


def test_the_bundle_holds_what_was_sealed_in_the_very_words(unpacked: Path) -> None:
    leaves = [hashlib.sha256(b"\0" + line.rstrip("\n").encode()).hexdigest() for name in TEXTS.values() for line in lines_of(unpacked / name)]
    assert sorted(leaves) == sorted(json.loads(line)["leaf"] for line in lines_of(unpacked / "members.jsonl"))


def test_no_contents_of_files_are_in_the_bundle(unpacked: Path) -> None:
    assert {Path(name).suffix for name in names_of(unpacked)} == {".jsonl", ".txt", ".json", ".sha256", ".py"}


def test_a_quarters_opening_is_the_closing_of_the_quarter_before(bundle: Path) -> None:
    assert verified(bundle / "2026Q4.zip", "--before", str(bundle / "2026Q3.zip"))[0] == 0


def test_a_changed_quarter_before_is_found(bundle: Path, unpacked: Path) -> None:
    edited(unpacked, "closing.jsonl", lambda rows: rows[0].update(amount_minor=1))
    status, said = verified(bundle / "2026Q4.zip", "--before", str(unpacked))
    assert status == 1
    assert "opening.jsonl: differs from the closing balances of the quarter before" in said


# --- Every byte ---------------------------------------------------------------------------------------------------------------
def test_any_flipped_byte_in_any_file_is_found_and_the_file_named(unpacked: Path) -> None:
    chance = random.Random(2026)
    names = [name for name in names_of(unpacked) if (unpacked / name).stat().st_size]
    assert {"manifest.json", "manifest.sha256", "verify.py", "postings.jsonl", "lines/audit.txt"} <= set(names)
    for name in names + chance.choices(names, k=300 - len(names)):
        good = (unpacked / name).read_bytes()
        at = chance.randrange(len(good))
        (unpacked / name).write_bytes(good[:at] + bytes([good[at] ^ (1 << chance.randrange(8))]) + good[at + 1 :])
        status, said = verified(unpacked)
        assert status == 1, f"byte {at} of {name}"
        assert name in said, f"byte {at} of {name}: {said}"
        (unpacked / name).write_bytes(good)
    assert verified(unpacked)[0] == 0


def test_the_line_of_a_flipped_byte_is_named(unpacked: Path) -> None:
    chance = random.Random(7)
    for name in [name for name in names_of(unpacked) if name.endswith(".jsonl") and (unpacked / name).stat().st_size]:
        good = (unpacked / name).read_bytes()
        at = chance.randrange(len(good) - 1)
        line = good[:at].count(b"\n") + 1
        changed = ord("x") if good[at] != ord("x") else ord("y")
        if good[at] != ord("\n"):
            (unpacked / name).write_bytes(good[:at] + bytes([changed]) + good[at + 1 :])
            assert f"{name} is not the file that was exported, from line {line} on" in verified(unpacked)[1]
            (unpacked / name).write_bytes(good)


def test_flipped_bytes_of_the_packed_file_never_pass_for_other_content(bundle: Path, tmp_path: Path) -> None:
    chance = random.Random(11)
    good = (bundle / "2026Q3.zip").read_bytes()
    with zipfile.ZipFile(bundle / "2026Q3.zip") as packed:
        contents = {name: packed.read(name) for name in packed.namelist()}
    for _turn in range(150):
        at = chance.randrange(len(good))
        (tmp_path / "bad.zip").write_bytes(good[:at] + bytes([good[at] ^ (1 << chance.randrange(8))]) + good[at + 1 :])
        if verified(tmp_path / "bad.zip")[0] == 0:
            # A ZIP keeps times and rights too, which say nothing: then every file must be what it was.
            with zipfile.ZipFile(tmp_path / "bad.zip") as packed:
                assert {name: packed.read(name) for name in packed.namelist()} == contents


def _swap(rows: list[str]) -> None:
    rows[0], rows[1] = rows[1], rows[0]


@pytest.mark.parametrize(
    ("change", "line"),
    [(_swap, 1), (lambda rows: rows.pop(1), 2), (lambda rows: rows.insert(1, rows[1]), 3)],
    ids=["swapped", "dropped", "duplicated"],
)
@pytest.mark.parametrize(
    "name", ["postings.jsonl", "audit.jsonl", "members.jsonl", "closing.jsonl", "allocation_lines.jsonl", "spending.jsonl", "receipts.jsonl"]
)
def test_rows_swapped_dropped_or_duplicated_are_found_and_named(unpacked: Path, name: str, change: Callable[[list[str]], None], line: int) -> None:
    rows = lines_of(unpacked / name)
    if len(rows) < 2:
        pytest.skip(f"{name} has no two rows")
    change(rows)
    (unpacked / name).write_text("".join(rows), encoding="utf-8")
    status, said = verified(unpacked)
    assert status == 1
    assert f"{name} is not the file that was exported, from line " in said
    assert f"it has {len(rows)} lines" in said


def test_a_file_taken_away_is_named(unpacked: Path) -> None:
    (unpacked / "payments.jsonl").unlink()
    assert "payments.jsonl is in the manifest and not in the bundle." in verified(unpacked)[1]


def test_a_file_slipped_in_is_named(unpacked: Path) -> None:
    (unpacked / "more.jsonl").write_text("{}\n")
    assert "more.jsonl is in the bundle and not in the manifest" in verified(unpacked)[1]


# --- A forger who makes the manifest agree --------------------------------------------------------------------------------------
def test_a_manifest_made_anew_over_unchanged_files_is_well(unpacked: Path) -> None:
    forge_manifest(unpacked)
    assert verified(unpacked)[0] == 0


def _set(name: str, number: int, **values: object) -> Change:
    return lambda folder: edited(folder, name, lambda rows: rows[number].update(values))


def _drop(name: str, number: int) -> Change:
    return lambda folder: edited(folder, name, lambda rows: rows.pop(number))


def _drop_with_member(folder: Path) -> None:
    edited(folder, "members.jsonl", lambda rows: rows.pop())
    edited(folder, "postings.jsonl", lambda rows: rows.pop())


def _second_receipt(folder: Path) -> None:
    edited(folder, "receipts.jsonl", lambda rows: rows.append({**rows[0], "id": 99}))


def _sell_twice(folder: Path) -> None:
    edited(folder, "sale_lots.jsonl", lambda rows: rows.append({**rows[0], "id": 99}))


def _reverse_twice(folder: Path) -> None:
    def reverse(rows: list[Any]) -> None:
        for row in rows[:2]:
            row["entry"]["reverses"] = 1
            row["entry"]["id"] += 900 + row["id"]

    edited(folder, "postings.jsonl", reverse)


def _statement(folder: Path) -> None:
    line = {"amount_minor": 5, "closing_minor": 10, "id": 1, "opening_minor": 0, "statement_id": 1}
    for name in ("statements.jsonl", "statement_lines.jsonl"):
        edited(folder, name, lambda rows: rows.append(line))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_set("postings.jsonl", 2, amount_minor=1), "postings.jsonl line 3: posting"),
        (_set("postings.jsonl", 2, event="spend"), "postings.jsonl line 3: posting"),
        (_set("postings.jsonl", 0, debit="spent|USD||||"), "may not move money from received to spent"),
        (_set("postings.jsonl", 0, currency="KHR"), "two currencies"),
        (_drop("postings.jsonl", 3), "postings.jsonl line 4: here posting"),
        (_drop_with_member, "covers other numbers of items"),
        (_reverse_twice, "it is not the only one"),
        (_set("audit.jsonl", 4, content="{}"), "audit.jsonl line 5: audit record"),
        (_set("files.jsonl", 0, sha256="0" * 64), "files.jsonl line 1: file"),
        (_set("members.jsonl", 5, leaf="0" * 64), "(members.jsonl line 6)"),
        (_drop("members.jsonl", 0), "members.jsonl"),
        (_set("seals.jsonl", 0, root="0" * 64), "seals.jsonl line 1: seal 1: its root is not the hash of its content"),
        (_drop("seals.jsonl", 0), "seals.jsonl line 1: seal 2 does not follow the seal before"),
        (_set("closing.jsonl", 1, amount_minor=1), "closing.jsonl line 2:"),
        (_drop("closing.jsonl", 1), "is missing; opening.jsonl and postings.jsonl give"),
        (_set("receipts.jsonl", 0, gross_minor=25_000_002), "received 25000002 by its document; its places hold 25000001"),
        (_second_receipt, "by its document; its places hold"),
        (_set("payments.jsonl", 0, amount_minor=1), "payments.jsonl line 1: the document says 1, its entry moved 3000000"),
        (_set("spending.jsonl", 0, drawn_minor=1), "spending.jsonl line 1: the document says 1"),
        (_sell_twice, "are sold twice (also in line 1)"),
        (_set("sale_lots.jsonl", 0, last=9_999_999), "are not in the block that was issued"),
        (_statement, "statements.jsonl line 1: its lines do not lead"),
    ],
)
def test_a_change_under_a_forged_manifest_is_found_and_named(unpacked: Path, change: Change, named: str) -> None:
    change(unpacked)
    forge_manifest(unpacked)
    status, said = verified(unpacked)
    assert status == 1
    assert named in said


def _reseal(folder: Path) -> None:
    """Seal the changed texts anew, from the first seal on: the forger has everything but the reports handed out."""
    texts = {kind: lines_of(folder / name) for kind, name in TEXTS.items()}
    leaves: dict[int, list[bytes]] = {}

    def members(rows: list[Any]) -> None:
        for row in rows:
            hashed = hashlib.sha256(b"\0" + texts[row["kind"]].pop(0).rstrip("\n").encode()).digest()
            row["leaf"] = hashed.hex()
            leaves.setdefault(row["seal"], []).append(hashed)

    def seals(rows: list[Any]) -> None:
        previous = "0" * 64
        for row in rows:
            said = json.loads(row["content"]) | {"previous_root": previous}
            said["tree"] = verify.tree(leaves.get(row["number"], [])) if row["number"] in leaves else said["tree"]
            row["content"] = json.dumps(said, sort_keys=True, separators=(",", ":"))
            row["root"] = previous = hashlib.sha256(row["content"].encode()).hexdigest()

    edited(folder, "members.jsonl", members)
    edited(folder, "seals.jsonl", seals)


def test_who_forges_everything_is_found_by_the_seal_printed_on_a_report(unpacked: Path) -> None:
    printed = json.loads(lines_of(unpacked / "seals.jsonl")[0])["root"]
    edited(unpacked, "postings.jsonl", lambda rows: rows[0]["entry"].update(made_by=99))
    _reseal(unpacked)
    forge_manifest(unpacked)
    assert verified(unpacked)[0] == 0  # nothing inside contradicts it …
    status, said = verified(unpacked, "--root", printed[:32])  # … but the paper does
    assert status == 1
    assert f"The root {printed[:32]} is not in seals.jsonl" in said


def test_the_seal_printed_on_a_report_is_found_in_an_honest_bundle(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / "2026Q4.zip") as packed:
        first = json.loads(packed.read("seals.jsonl").splitlines()[0])["root"]
    status, said = verified(bundle / "2026Q4.zip", "--root", f"{first[:32]}…")
    assert status == 0
    assert f"The root {first[:32]} is that of seal 1, sealed at 2026-10-05" in said


def test_a_few_digits_are_no_root(bundle: Path) -> None:
    assert verified(bundle / "2026Q3.zip", "--root", "0")[0] == 1


# --- The command ------------------------------------------------------------------------------------------------------------------
def test_the_command_writes_the_bundle_and_says_how_to_verify_it(bundle: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("export_audit_bundle", period="2026Q3", output=tmp_path / "q.zip", stdout=out)
    newest = Seal.objects.order_by("-number").first()
    assert newest is not None
    assert f"verify.py q.zip --root {newest.root[:16]}" in out.getvalue()
    assert verified(tmp_path / "q.zip", "--root", newest.root)[0] == 0


def test_a_period_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a quarter"):
        call_command("export_audit_bundle", period="2026-07", output=tmp_path / "q.zip")


def test_empty_books_have_no_bundle_and_leave_no_file(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.bundle.export.Seal.objects", Seal.objects.none())
    with pytest.raises(NothingToExport):
        export_bundle(quarter=QUARTER, path=tmp_path / "q.zip", at=AFTER)
    assert not list(tmp_path.iterdir())


def test_an_export_that_fails_leaves_no_half_file(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.bundle.books.pairs", lambda: iter([{"amount": 1.5}]))
    with pytest.raises(TypeError, match="float"):
        export_bundle(quarter=QUARTER, path=tmp_path / "q.zip", at=AFTER)
    assert not list(tmp_path.iterdir())


def test_the_docs_print_the_hashes_of_script_and_pairs(unpacked: Path) -> None:
    text = (ROOT / "docs" / "verification.md").read_text()
    for name in ("verify.py", "pairs.jsonl"):
        assert hashlib.sha256((unpacked / name).read_bytes()).hexdigest() in text, name
