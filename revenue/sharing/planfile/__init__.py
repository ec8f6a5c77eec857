"""Plan files: YAML that a lawyer can read, turned into engine values. No Django."""

from revenue.sharing.planfile.factsfile import parse_facts
from revenue.sharing.planfile.periodsfile import parse_periods
from revenue.sharing.planfile.plans import parse

__all__ = ["parse", "parse_facts", "parse_periods"]
