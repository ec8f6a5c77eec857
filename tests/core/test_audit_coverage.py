"""Every act on money, plans, people and evidence leaves an audit record: read from the services' own code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core/people", "revenue/credits", "revenue/sharing", "revenue/disbursements", "communities/registry", "communities/consent",
         "communities/spending", "communities/callbacks", "communities/grievances", "reports")  # fmt: skip
WRITES = {"create", "bulk_create", "update", "update_or_create", "get_or_create", "bulk_update", "save", "delete", "set_password", "create_user"}
# They write no record of their own, and this is why.
ALLOWED = {
    "reports.services.annexes.build_annex": "a job makes what report.annex recorded; its files are sealed",
    "communities.spending.services.uploads.receive_part": "bytes on their way are evidence of nothing yet; the arrival that names them is recorded",
    "reports.services.building.build": "a job makes what report.ask recorded; its files are sealed, and report.issue records the hash",
    "reports.services.calendars.make_due": "the calendar's doing: each report that it asks for is recorded by report.ask",
    "reports.services.notices.send_notice": "an e-mail about what report.issue recorded; its row says when it was sent",
    "reports.services.notices.sweep_notices": "e-mails about what report.issue recorded; each is a row that says when it was sent",
    "reports.services.closing.propose_periods": "the calendar's doing: nobody acts, and nothing is closed by it",
    "revenue.sharing.services.allocation.preview_proposed": "shows, and writes nothing",
    "revenue.sharing.services.preview.preview_allocation": "shows, and writes nothing",
    "revenue.sharing.services.preview.preview_correction": "shows, and writes nothing",
    "revenue.sharing.services.plans.read_plan": "shows, and writes nothing",
}

Function = tuple[str, str]


class Code:
    """The functions of the modules of all services: what each calls, writes and records."""

    def __init__(self) -> None:
        self.calls: dict[Function, set[Function]] = {}
        self.writes: set[Function] = set()
        self.records: set[Function] = set()
        for path in _modules():
            self._read(path)

    def _read(self, path: Path) -> None:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = dict(_imports(tree, module))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self._read_function((module, node.name), node, imported)
        if path.name == "__init__.py":
            for name, target in imported.items():
                self.calls.setdefault((module, name), set()).add(target)

    def _read_function(self, function: Function, node: ast.FunctionDef, imported: dict[str, Function]) -> None:
        called = self.calls.setdefault(function, set())
        for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call)):
            match call.func:
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in imported:
                    package, inner_module = imported[owner]
                    called.add((f"{package}.{inner_module}", name))
                    if name in WRITES:
                        self.writes.add(function)
                case ast.Attribute(attr=name) if name in WRITES:
                    self.writes.add(function)
                case ast.Name(id=name):
                    target = imported.get(name, (function[0], name))
                    called.add(target)
                    if target == ("core.audit.services", "record"):
                        self.records.add(function)

    def reaches(self, function: Function, goal: set[Function]) -> bool:
        """Whether a function, or one it calls, is among the goal."""
        seen, waiting = set[Function](), [function]
        while waiting:
            here = waiting.pop()
            if here in goal:
                return True
            if here not in seen:
                seen.add(here)
                waiting += self.calls.get(here, ())
        return False


def _imports(tree: ast.Module, module: str) -> Iterator[tuple[str, Function]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, (node.module, alias.name)


def _modules() -> Iterator[Path]:
    for room in ("core", "revenue", "communities", "reports"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if not {"migrations", "admin", "management", "views"} & set(path.parts) and path.name not in {
                "admin.py",
                "views.py",
                "api.py",
                "tasks.py",
            }:
                yield path


def _services(code: Code) -> list[Function]:
    """Return what each services module, or package by its __init__, offers to pages and commands."""
    offered = set[Function]()
    for room in ROOMS:
        module = f"{room.replace('/', '.')}.services"
        single = (ROOT / room / "services.py").is_file()
        for function, called in code.calls.items():
            if function[0] == module and not function[1].startswith("_"):
                offered |= {function} if single else {target for target in called if target[0].startswith(module)}
    return sorted(offered)


CODE = Code()
LEDGER = {("revenue.ledger.services", name) for name in ("post", "post_many", "reverse", "close_books", "open_tranche")}
ACTS = {".".join(function): function for function in _services(CODE) if CODE.reaches(function, CODE.writes | LEDGER)}


@pytest.mark.parametrize("name", sorted(set(ACTS) - set(ALLOWED)))
def test_an_act_leaves_an_audit_record(name: str) -> None:
    assert CODE.reaches(ACTS[name], CODE.records), f"{name} writes and records nothing"


def test_the_code_was_read_at_all() -> None:
    names = {name for _module, name in ACTS.values()}
    assert {"record_sale", "record_receipt", "approve_disbursement", "pay_disbursement", "accept_spending", "decide_plan", "close_period"} <= names
    assert len(ACTS) > 40


def test_no_exception_is_kept_for_a_service_that_is_gone() -> None:
    assert set(ALLOWED) <= set(ACTS)


def test_the_building_block_of_an_act_is_not_taken_for_one() -> None:
    assert "communities.spending.services.evidence.keep" not in ACTS
