"""
Verify an audit bundle of Forest Dividend. Needs Python 3.10 or later and nothing else.

    python3 verify.py BUNDLE.zip [--root HEX] [--before OLDER.zip]

BUNDLE is the file, or the folder it was unpacked to. --root is the seal printed on a report you hold (or its beginning):
it must be in the chain. --before is the bundle of the quarter before: its closing balances must be the opening ones here.
Prints what differs, with file and line; exit status 0 when all is well, 1 when not. Amounts are in minor units (cents).
"""

import argparse
import hashlib
import json
import sys
import zipfile
import zlib
from collections import Counter, defaultdict
from itertools import groupby, pairwise
from pathlib import Path
from typing import IO, Any

Row = Any
OURS = ("unallocated", "pot", "reserve", "withheld", "committed", "shortfall", "advance", "recoverable", "spent", "charge", "lost", "fx")
MAY_PASS_ZERO = ("received", "others", "shortfall", "fx")
BY_LOT = ("committed", "advance", "recoverable")
TEXTS = {"audit": "audit.jsonl", "file": "files.jsonl", "posting": "postings.jsonl"}
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
say = print


class Bundle:
    """The files of a bundle, packed or not, and what was found wrong in them."""

    def __init__(self, path: str) -> None:
        self.zip = zipfile.ZipFile(path) if Path(path).is_file() else None
        self.folder = Path(path)
        self.wrong: list[str] = []

    def names(self) -> list[str]:
        return self.zip.namelist() if self.zip else [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()]

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(name) if self.zip else (self.folder / name).open("rb")

    def rows(self, name: str) -> Any:
        """Yield (line number, raw line, row) of a JSON Lines file; a line that is no row is named and passed over."""
        with self.open(name) as lines:
            for number, raw in enumerate(lines, 1):
                try:
                    row = json.loads(raw)
                except ValueError as error:
                    self.wrong.append(f"{name} line {number}: cannot be read: {error}.")
                else:
                    yield number, raw.rstrip(b"\n"), row


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# 1. Each file is the one that was exported
def check_files(bundle: Bundle) -> Row:
    """Compare each file with the manifest, and name the first line that differs. Return the manifest."""
    with bundle.open("manifest.json") as out, bundle.open("manifest.sha256") as said:
        text, told = out.read(), said.read()
    if sha(text).encode() + b"\n" != told:
        bundle.wrong.append("manifest.json is not the manifest whose hash stands in manifest.sha256: one of the two was changed.")
    manifest: Row = json.loads(text)
    names = Counter(bundle.names())
    for name in sorted(names - Counter(["manifest.json", "manifest.sha256", *manifest["files"]])):
        bundle.wrong.append(f"{name} is in the bundle and not in the manifest, or is there twice.")
    for name, facts in manifest["files"].items():
        if name not in names:
            bundle.wrong.append(f"{name} is in the manifest and not in the bundle.")
            continue
        with bundle.open(name) as data:
            hashed = hashlib.sha256()
            while part := data.read(1 << 20):
                hashed.update(part)
        if hashed.hexdigest() != facts["sha256"]:
            name_line(bundle, name, facts.get("lines_in"), names)
    return manifest


def name_line(bundle: Bundle, name: str, lines_in: str | None, names: "Counter[str]") -> None:
    """Find the first line that differs, by the hash that the export kept of each line."""
    where = ""
    if lines_in and lines_in in names:
        with bundle.open(name) as data, bundle.open(lines_in) as hashes:
            here, then = [sha(line)[:16] for line in data], [line.decode("ascii", "replace").strip() for line in hashes]
        first = next((n for n, (a, b) in enumerate(zip(here, then, strict=False), 1) if a != b), min(len(here), len(then)) + 1)
        where = f", from line {first} on: it has {len(here)} lines and had {len(then)}"
    bundle.wrong.append(f"{name} is not the file that was exported{where}.")


# 2. The seals are one chain, and what they cover is what is here
def check_chain(bundle: Bundle, wanted: str) -> Any:
    """Recompute every root from the first seal on; return what each seal says, by number."""
    number, previous, found, seals = 0, "0" * 64, 0, {}
    for line, _raw, row in bundle.rows("seals.jsonl"):
        where, text = f"seals.jsonl line {line}: seal {row['number']}", json.loads(row["content"])
        if sha(row["content"].encode()) != row["root"]:
            bundle.wrong.append(f"{where}: its root is not the hash of its content.")
        if not text["number"] == row["number"] == number + 1 or text["previous_root"] != previous:
            bundle.wrong.append(f"{where} does not follow the seal before.")
        number, previous, seals[row["number"]] = row["number"], row["root"], text
        found = number if wanted and len(wanted) >= 16 and row["root"].startswith(wanted) else found
    if found:
        say(f"The root {wanted} is that of seal {found}, sealed at {seals[found]['sealed_at']}.")
    elif wanted:
        bundle.wrong.append(f"The root {wanted} is not in seals.jsonl: these are not the books from which the report was made.")
    return seals


def check_members(bundle: Bundle, manifest: Row, seals: Any) -> None:
    """Walk the members of the seals beside the texts they cover: every hash, every count, every tree."""
    texts = {kind: bundle.rows(name) for kind, name in TEXTS.items()}
    here, before = set(), 0
    for number, members in groupby(bundle.rows("members.jsonl"), key=lambda member: int(member[2]["seal"])):
        if number not in seals or number <= before:
            bundle.wrong.append(f"members.jsonl: there is no seal {number}, or its members are not in order.")
        here.add(before := number)
        check_seal(bundle, number, seals.get(number, {"contents": {}, "tree": ""}), members, texts)
    for kind, rest in texts.items():
        for line, _raw, row in rest:
            bundle.wrong.append(f"{TEXTS[kind]} line {line}: {kind} {row['id']} is under no seal.")
    for number in sorted(set(seals) - here):
        if any(held["first"] < manifest["end"] and held["last"] >= manifest["first"] for held in seals[number]["contents"].values()):
            bundle.wrong.append(f"members.jsonl: seal {number} covers something of this period, and its members are not here.")


def check_seal(bundle: Bundle, number: int, said: Row, members: Any, texts: Row) -> None:
    leaves, counts = [], Counter[str]()
    for line, _raw, member in members:
        kind, name = member["kind"], TEXTS[member["kind"]]
        at, raw, row = next(texts[kind], (0, b"", {"kind": "", "id": 0}))
        leaves.append(hashlib.sha256(b"\0" + raw).digest())
        counts[kind] += 1
        if (row["kind"], row["id"]) != (kind, member["id"]):
            bundle.wrong.append(f"{name} line {at}: here {kind} {member['id']} should stand (members.jsonl line {line}).")
        elif leaves[-1].hex() != member["leaf"]:
            bundle.wrong.append(f"{name} line {at}: {kind} {row['id']} is not what seal {number} sealed (members.jsonl line {line}).")
        if kind == "audit" and sha(str(row["content"]).encode()) != row["sha256"]:
            bundle.wrong.append(f"{name} line {at}: audit record {row['id']} is not what was hashed when it was written.")
    if dict(counts) != {kind: held["count"] for kind, held in said["contents"].items()}:
        bundle.wrong.append(f"members.jsonl: seal {number} covers other numbers of items: {said['contents']}.")
    if tree(leaves) != said["tree"]:
        bundle.wrong.append(f"members.jsonl: the tree over the members of seal {number} is not the one that was sealed.")


def tree(level: list[bytes]) -> str:
    """The Merkle root: neighbours make a node, one without a neighbour is carried up."""
    while len(level) > 1:
        nodes = [hashlib.sha256(b"\1" + one + two).digest() for one, two in zip(level[::2], level[1::2], strict=False)]
        level = nodes + level[len(nodes) * 2 :]
    return level[0].hex()


# 3. The books: pairs, entries, balances, the reinvestment equation
def check_postings(bundle: Bundle, manifest: Row) -> tuple[Row, Row]:
    """Add the postings of the period to the opening balances; return the balances, and what each entry moved."""
    pairs = {(row["event"], row["debit_kind"], row["credit_kind"]): row for _n, _raw, row in bundle.rows("pairs.jsonl")}
    balances: Any = defaultdict(lambda: (0, 0))
    for _n, _raw, row in bundle.rows("opening.jsonl"):
        balances[row["account"], row["tranche"], row["lot"]] = (row["amount_minor"], row["local_minor"])
    lines, moved, entries = Counter[int](), Counter[Any](), dict[int, Row]()
    for line, _raw, row in bundle.rows("postings.jsonl"):
        if not manifest["first"] <= row["day"] < manifest["end"]:
            continue
        entry = entries.setdefault(row["entry"]["id"], {**row["entry"], "at": line})
        check_pair(bundle, f"postings.jsonl line {line}: posting {row['id']}", row, pairs)
        lines[entry["id"]] += 1
        for account, sign in ((row["debit"], 1), (row["credit"], -1)):
            kind = account.split("|")[0]
            key = (account, row["tranche"]["code"], row["lot"] if kind in BY_LOT else 0)
            local = sign * row["local_minor"] if kind == "advance" else 0
            balances[key] = (balances[key][0] + sign * row["amount_minor"], balances[key][1] + local)
            moved[entry["id"], kind] += sign * row["amount_minor"]
    reversals = Counter(entry["reverses"] for entry in entries.values() if entry["reverses"] is not None)
    for number, entry in entries.items():
        if lines[number] != entry["line_count"]:
            bundle.wrong.append(f"postings.jsonl line {entry['at']}: entry {number} has {lines[number]} lines of {entry['line_count']}.")
        if reversals[entry["reverses"]] > 1:
            bundle.wrong.append(f"postings.jsonl line {entry['at']}: entry {number} reverses entry {entry['reverses']}, and it is not the only one.")
    return balances, moved


def check_pair(bundle: Bundle, where: str, row: Row, pairs: Row) -> None:
    """The event may move money between these two places; a reversal goes back the way of its entry."""
    debit, credit = row["debit"].split("|"), row["credit"].split("|")
    copied = (row["day"], row["event"]) == (row["entry"]["day"], row["entry"]["event"])
    if not copied or not row["currency"] == debit[1] == credit[1] or row["amount_minor"] < 0 or debit == credit:
        bundle.wrong.append(f"{where}: another day or event than its entry's, two currencies, a negative amount, or one place on both sides.")
    pair = pairs.get((row["event"], debit[0], credit[0]))
    changes = {code: debit[n] != credit[n] and bool(debit[n] and credit[n]) for n, code in enumerate(("bank", "pot", "holder"), 2)}
    if row["entry"]["reverses"] is not None:
        return
    if pair is None:
        bundle.wrong.append(f"{where}: {row['event']} may not move money from {credit[0]} to {debit[0]}.")
    elif any(changes[code] and pair[f"same_{code}"] for code in changes) or (pair["other_bank"] and debit[2] == credit[2]):
        bundle.wrong.append(f"{where}: {row['event']} may not change bank, pot or recipient in this way.")


def check_balances(bundle: Bundle, balances: Row) -> tuple[Row, Row]:
    """The balances computed are the closing ones, and no guarded place is below zero; return the sums by tranche."""
    closing, ours, others = set(), Counter[str](), Counter[str]()
    for line, _raw, row in bundle.rows("closing.jsonl"):
        key: Any = (row["account"], row["tranche"], row["lot"])
        closing.add(key)
        if balances[key] != (row["amount_minor"], row["local_minor"]):
            bundle.wrong.append(f"closing.jsonl line {line}: {key}: opening.jsonl and postings.jsonl give {balances[key]}.")
    for key, held in sorted(balances.items()):
        kind = key[0].split("|")[0]
        if held != (0, 0) and key not in closing:
            bundle.wrong.append(f"closing.jsonl: {key} is missing; opening.jsonl and postings.jsonl give {held}.")
        if kind not in MAY_PASS_ZERO and min(held) < 0:
            bundle.wrong.append(f"closing.jsonl: {key} is below zero: {held}.")
        ours[key[1]] += held[0] if kind in OURS else 0
        others[key[1]] += held[0] if kind in ("others", "not_ours") else 0
    return ours, others


def check_equation(bundle: Bundle, ours: Row, others: Row) -> None:
    """Received, counted from the documents, is the sum of all places, in each tranche."""
    received: Counter[str] = Counter()
    for name, sign in (("receipts.jsonl", 1), ("recalls.jsonl", -1), ("openings.jsonl", 1), ("incomes.jsonl", 1)):
        for _line, _raw, row in bundle.rows(name):
            whole, not_ours = ("gross_minor", "not_ours_minor") if name == "receipts.jsonl" else ("amount_minor", "held_minor")
            received[row["tranche_code"]] += sign * (row[whole] - row.get(not_ours, 0))
    for tranche in sorted({*received, *ours}):
        if received[tranche] != ours[tranche]:
            bundle.wrong.append(f"receipts.jsonl: tranche {tranche} received {received[tranche]} by its document; its places hold {ours[tranche]}.")
    for tranche in sorted(tranche for tranche, rest in others.items() if rest):
        bundle.wrong.append(f"closing.jsonl: in tranche {tranche}, what is not ours and what is owed to others differ by {others[tranche]}.")


# 4. The documents agree with the books
def check_serials(bundle: Bundle) -> None:
    issued = {row["id"]: row for _n, _raw, row in bundle.rows("issuances.jsonl")}
    live = ((line, row) for line, _raw, row in bundle.rows("sale_lots.jsonl") if row["is_live"])
    lots = sorted((row["series"], row["first"], row["last"], line, row["issuance_id"]) for line, row in live)
    for series, first, last, line, block_id in lots:
        if series != issued[block_id]["series"] or not issued[block_id]["first"] <= first <= last <= issued[block_id]["last"]:
            bundle.wrong.append(f"sale_lots.jsonl line {line}: serials {first}-{last} are not in the block that was issued.")
    for before, lot in pairwise(lots):
        if before[0] == lot[0] and before[2] >= lot[1]:
            bundle.wrong.append(f"sale_lots.jsonl line {lot[3]}: serials from {lot[1]} on are sold twice (also in line {before[3]}).")


def check_documents(bundle: Bundle, moved: Any) -> None:
    """What payments, spending and statements say is what was posted for them."""
    entries = {entry for entry, _kind in moved}
    for name, field in (("payments.jsonl", "amount_minor"), ("spending.jsonl", "drawn_minor")):
        for line, _raw, row in bundle.rows(name):
            posted = moved[row["entry_id"], "spent"] + (moved[row["entry_id"], "advance"] if name == "payments.jsonl" else 0)
            if row["entry_id"] in entries and row[field] != posted:
                bundle.wrong.append(f"{name} line {line}: the document says {row[field]}, its entry moved {posted}.")
    sums: Counter[int] = Counter()
    for _line, _raw, row in bundle.rows("statement_lines.jsonl"):
        sums[row["statement_id"]] += row["amount_minor"]
    for line, _raw, row in bundle.rows("statements.jsonl"):
        if row["opening_minor"] + sums[row["id"]] != row["closing_minor"]:
            bundle.wrong.append(f"statements.jsonl line {line}: its lines do not lead from the opening to the closing balance.")


def check_before(bundle: Bundle, older: str) -> None:
    then, now = ({raw for _n, raw, _row in which.rows(name)} for which, name in ((Bundle(older), "closing.jsonl"), (bundle, "opening.jsonl")))
    for raw in sorted(then ^ now):
        bundle.wrong.append(f"opening.jsonl: differs from the closing balances of the quarter before: {raw.decode()}")


def main() -> None:
    asked = argparse.ArgumentParser(description="Verify an audit bundle of Forest Dividend.")
    asked.add_argument("bundle", help="the file, or the folder it was unpacked to")
    asked.add_argument("--root", default="", help="the seal printed on a report, at least its first 16 digits")
    asked.add_argument("--before", help="the bundle of the quarter before")
    given = asked.parse_args()
    say(f"verify.py is {sha(Path(__file__).read_bytes())}")
    bundle, period = None, ""
    try:
        bundle = Bundle(given.bundle)
        manifest = check_files(bundle)
        period = manifest["period"]
        check_members(bundle, manifest, check_chain(bundle, given.root.lower().rstrip("…")))
        balances, moved = check_postings(bundle, manifest)
        check_equation(bundle, *check_balances(bundle, balances))
        check_serials(bundle)
        check_documents(bundle, moved)
        if given.before:
            check_before(bundle, given.before)
        wrong = bundle.wrong
    except UNREADABLE as error:
        wrong = [*(bundle.wrong if bundle else []), f"The bundle cannot be read further: {type(error).__name__}: {error}"]
    say(*wrong[:100], f"{period}: {len(wrong)} things are wrong." if wrong else f"{period}: all is well.", sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
