"""Say whether a file was issued here, without a page and without keeping it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.refusal import Refused
from reports.verification.judge import judge_file
from reports.verification.verdict import Answer, Hand, Signature, Verdict

ANSWERS = {
    Answer.GENUINE: "issued here, to the last byte",
    Answer.CHANGED: "NOT the file that was issued: the figures inside are ours, the file around them was changed",
    Answer.UNKNOWN: "NOT issued here, or changed",
}
HANDS = {
    Hand.NONE: "unsigned",
    Hand.GOOD: "signed by {name} ({signed_at}); whole, and over the whole file",
    Hand.BROKEN: "BROKEN: it names {name}, but the file was changed after it was signed",
    Hand.FOREIGN: "signed by {name}, whose certificate is not this office's",
    Hand.UNREADABLE: "not readable: the PDF is damaged",
}


class Command(BaseCommand):
    help = "Verify a file: was it issued here, which version, superseded by which, under which seal, signed by whom. Leaves with 0 if it was issued, else 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the report, annex or any other file to verify")
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, *_args: Any, file: Path, **options: Any) -> None:
        try:
            verdict = judge_file(data=file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(json.dumps(verdict.as_json(), ensure_ascii=False, indent=2) if options["json"] else "\n".join(_lines(verdict)))
        if not verdict.is_genuine:
            sys.exit(1)


def _lines(verdict: Verdict) -> list[str]:
    lines = [f"sha256     {verdict.asked}", f"verdict    {ANSWERS[verdict.answer]}"]
    issued = verdict.issued
    if issued:
        version = f", version {issued.version}" if issued.version else ""
        lines += [f"paper      {issued.kind}: {issued.title}{version}, {issued.issued_on}", f"figures    {issued.snapshot_sha256}"]
        if issued.newer:
            lines.append(f"superseded by version {issued.newer.version} of {issued.newer.issued_on}")
        for name, seal in (("books", issued.books_seal), ("file", issued.file_seal)):
            if seal:
                lines.append(f"seal       {name}: {seal.number} {seal.root}{'' if seal.is_here else ' NOT IN THE BOOKS ANY MORE'}")
    return [*lines, *_signature_lines(verdict.signature)]


def _signature_lines(signature: Signature | None) -> list[str]:
    if signature is None:
        return []
    said = HANDS[signature.hand].format(name=signature.name, signed_at=signature.signed_at)
    development = ["           made by a development certificate, not for official use"] if signature.is_development else []
    return [f"signature  {said}", *development]
