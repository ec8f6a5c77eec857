"""Measure how costs grow, and how they stand beside what is promised."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import rights


class Command(BaseCommand):
    help = (
        "Print how posting, balance, trace and report cost grow with the number of postings, on databases made for it and thrown away,"
        " how the plan engine's cost grows with the number of recipients, and each promise beside what was measured."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sizes", default="10000,100000,1000000", help="postings, separated by commas (default: %(default)s)")
        parser.add_argument(
            "--only",
            default="",
            help=(
                "some of: balance, trace, report, checks, post, batch, engine, render, snapshot, phones, peers, or ids such as ledger.2 (ledger: all ids);"
                " snapshot, phones and peers (plain Django and django-hordak) only when they are named: a thousand phones take more than ten minutes"
            ),
        )
        parser.add_argument("--recipients", default="10,1000,100000", help="recipients for the plan engine (default: %(default)s)")
        parser.add_argument("--phones", type=int, default=1_000, help="phones with twenty records each (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print all measures as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        from tests.benchmarks import engine, ledger, peers, phones, promises, render, snapshot

        sizes, recipients = _numbers(options["sizes"]), _numbers(options["recipients"])
        names = [name.strip() for name in options["only"].split(",") if name.strip()] or [render.NAME, engine.NAME, "ledger", *ledger.MEASURES]
        ids = [one for name in names for one in promises.wanted(name)]
        known = (*ledger.MEASURES, engine.NAME, render.NAME, snapshot.NAME, phones.NAME, peers.NAME)
        if any(name not in known and not promises.wanted(name) for name in names) or min(*sizes, *recipients, options["phones"]) < 1:
            raise CommandError(f"Choose from {', '.join((*known, 'ledger', *promises.IDS))}, and sizes above zero.")
        if render.NAME in names:
            papers = render.run(say=self.stderr.write)
            self.stdout.write(render.as_json(papers) if options["json"] else render.as_text(papers))
        if engine.NAME in names:
            times = engine.run(sizes=recipients, say=self.stderr.write)
            self.stdout.write(engine.as_plain(times) if options["json"] else engine.as_text(times))
        with rights.as_owner():
            self._by_name_only(sizes, names, options)
            self._ledger(sizes, ids, [name for name in names if name in ledger.MEASURES], as_json=options["json"])

    def _by_name_only(self, sizes: list[int], names: list[str], options: dict[str, Any]) -> None:
        from tests.benchmarks import peers, phones, promises, snapshot

        rows: list[promises.Row] = []
        if snapshot.NAME in names:
            self.stderr.write("freezing a quarter of 100,000 postings …")
            with phones.throwaway():
                rows.append(dict(snapshot.measure()))
        if phones.NAME in names:
            rows += phones.run(phones=options["phones"], say=self.stderr.write)
        if peers.NAME in names:
            rows += peers.run(sizes=sizes, say=self.stderr.write)
        if rows:
            self.stdout.write(promises.as_json(rows) if options["json"] else promises.as_text(rows))

    def _ledger(self, sizes: list[int], ids: list[str], groups: list[str], *, as_json: bool) -> None:
        from tests.benchmarks import ledger, page, promises

        if ids:
            rows = promises.run(sizes=sizes, only=ids, say=self.stderr.write)
            self.stdout.write(promises.as_json(rows) if as_json else promises.as_text(rows))
        if groups:
            measures, disk = ledger.run(sizes=sizes, only=groups, say=self.stderr.write)
            self.stdout.write(page.as_json(measures, disk) if as_json else page.as_text(measures, disk))


def _numbers(text: str) -> list[int]:
    try:
        return [int(size.replace("_", "")) for size in text.split(",")]
    except ValueError as error:
        raise CommandError("Sizes are whole numbers separated by commas.") from error
