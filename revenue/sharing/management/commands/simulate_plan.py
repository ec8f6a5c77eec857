"""Try a plan file on an amount, without a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.refusal import gettext_noop as _
from revenue.sharing.engine import Allocation, Facts, Line, Plan, PlanRefused, Source, allocate_in_turn, cautions, unallocated
from revenue.sharing.engine.lines import Payout
from revenue.sharing.engine.units import as_text, for_people, in_minor, known, number
from revenue.sharing.planfile import parse, parse_facts, parse_periods

SCHEMA = Path(settings.BASE_DIR) / "docs" / "schemas" / "plan-1.schema.json"
# A unit's number is stored in eight bytes.
_LONGEST_SERIAL = 18


class Command(BaseCommand):
    help = "Share an amount by a plan file and print every line with how it came about. Saves nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("plan", nargs="+", metavar="PLAN.yaml", help="a plan file, or its versions")
        parser.add_argument("--amount", help="what came in, in major units: 90000.00")
        parser.add_argument("--currency", help="USD, KHR, … or credits; the plan's own if not given")
        parser.add_argument("--facts", help="a facts file")
        parser.add_argument("--on", help="the day that chooses the version: 2024-01-31")
        parser.add_argument("--first-serial", help="for credits: the number of the first unit")
        parser.add_argument("--periods", help="a periods file: several receipts with their memory")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Source | None = None
        try:
            if options["currency"] and not options["periods"]:
                source = _source(options, options["currency"])  # so that a plan that cannot be read leaves all of it unallocated
            plans = [_plan(path) for path in options["plan"]]
            currency = options["currency"] or plans[0].currency
            source = None if options["periods"] else _source(options, currency)
            on, first_serial = _day(options["on"]), _serial(options["first_serial"])
            if options["periods"]:
                receipts = parse_periods(_text(options["periods"]), currency=currency)
            else:
                assert source is not None
                source = replace(source, on=on, first_serial=first_serial)
                receipts = ((source, _facts(options["facts"], currency)),)
            allocations = allocate_in_turn(plans=plans, receipts=receipts)
        except PlanRefused as refusal:
            self._refuse(refusal, source, as_json=options["json"])
        if options["json"]:
            plain = [allocation.to_plain() for allocation in allocations]
            self.stdout.write(_json({"periods": plain} if options["periods"] else plain[0]))
            return
        for allocation in allocations:
            self._print(allocation)
        for plan in plans:
            for sentence in cautions(plan):
                self.stdout.write(f"Note: {sentence.en}")

    def _print(self, allocation: Allocation) -> None:
        self.stdout.write(f"{allocation.plan}")
        for line in allocation.lines:
            amount = for_people(minor=line.amount_minor, currency=line.currency)
            reason = f" — {line.reason}" if line.reason else ""
            who = f"{line.pot} / {line.recipient}" if line.recipient else line.pot
            self.stdout.write(f"{amount:>20}  {line.state:<11} {who}{reason}\n{'':>22}{line.how}")
            if line.payout is not None:
                self.stdout.write(f"{'':>22}{_paid(line.payout)}")
        total = for_people(minor=allocation.total_minor, currency=allocation.currency)
        self.stdout.write(f"{total:>20}  {allocation.currency} in all\n")

    def _refuse(self, refusal: PlanRefused, source: Source | None, *, as_json: bool) -> None:
        if as_json:
            lines: list[Line] = [] if source is None else [unallocated(source=source, reason=str(refusal))]
            plain: dict[str, object] = {
                "refused": refusal.code,
                "message": str(refusal),
                "lines": [line.as_plain() for line in lines],
            }
            if source is not None:
                plain["total"] = as_text(minor=source.amount_minor, currency=source.currency)
            if refusal.line:
                plain["line"] = refusal.line
            if refusal.more:
                plain["more"] = [{"refused": one.code, "message": str(one), "line": one.line} for one in refusal.more]
            self.stdout.write(_json(plain))
            raise SystemExit(2)
        raise CommandError("\n".join(str(one) for one in (refusal, *refusal.more)), returncode=2) from refusal


def _paid(payout: Payout) -> str:
    paid = for_people(minor=payout.amount_minor, currency=payout.currency)
    brought = f", with {payout.brought} carried from before" if payout.brought else ""
    return f"paid as {payout.currency} {paid} at {payout.rate}{brought}; {payout.residue} is carried"


def _plan(path: str) -> Plan:
    text = _text(path)
    plan = parse(text)
    _check_schema(text)
    return plan


class _EditorLoader(yaml.SafeLoader):
    """Read YAML as an editor does: a day is text."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check_schema(text: str) -> None:
    """Hold a file that the program reads against the schema that editors use, so that the two never say different things."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    error = jsonschema.exceptions.best_match(validator.iter_errors(yaml.load(text, Loader=_EditorLoader)))  # noqa: S506 - a SafeLoader
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "the file"
        raise PlanRefused(
            "not_in_schema",
            _("At %(where)s: %(problem)s"),
            values={"where": where, "problem": error.message},
            next_step=_("Compare with docs/schemas/plan-1.schema.json."),
        )


def _json(plain: dict[str, object]) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PlanRefused("cannot_be_read", _("%(path)s cannot be read: %(problem)s."), values={"path": path, "problem": error.strerror}) from error
    except UnicodeDecodeError as error:
        raise PlanRefused("not_utf8", _("%(path)s is not UTF-8 text."), values={"path": path}, next_step=_("Save it as UTF-8.")) from error
    except ValueError as error:
        raise PlanRefused("cannot_be_read", _("%(path)s is not the name of a file."), values={"path": repr(path)}) from error


def _facts(path: str | None, currency: str) -> Facts:
    return parse_facts(_text(path), currency=currency) if path else Facts()


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise PlanRefused("not_a_date", _("“%(text)s” is not a day."), values={"text": text}, next_step=_("Write it as 2024-01-31.")) from error


def _serial(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isdecimal() and len(text) <= _LONGEST_SERIAL):
        raise PlanRefused(
            "not_a_serial", _("“%(text)s” is not the number of a unit."), values={"text": text[:40]}, next_step=_("For example: 100001")
        )
    return int(text)


def _source(options: dict[str, Any], currency: str) -> Source:
    given = options["amount"]
    if given is None:
        raise PlanRefused("no_amount", _("Nothing says how much came in."), next_step=_("For example: --amount 90000.00"))
    if not known(currency=currency):
        raise PlanRefused("unknown_currency", _("“%(currency)s” is not a currency known here."), values={"currency": currency})
    value: Fraction | None = number(text=given)
    minor = None if value is None else in_minor(value=value, currency=currency)
    if minor is None or minor < 0:
        raise PlanRefused(
            "not_an_amount",
            _("“%(text)s” is not an amount of %(currency)s."),
            values={"text": given[:40], "currency": currency},
            next_step=_("For example: 90000.00"),
        )
    return Source(minor, currency)
