#!/usr/bin/env python3
"""The one command line: ``demo`` and ``test`` need nothing but Python, all others what these two have prepared."""

import os
import sys


def main() -> None:
    """Go on in the project's environment, and say what is wrong in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import bootstrap

    try:
        bootstrap.enter(sys.argv)
        if sys.argv[1:2] == ["demo"]:
            from config import supervisor

            sys.exit(supervisor.main(sys.argv[2:]))
        run_django()
    except bootstrap.CannotStart as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


def run_django() -> None:
    """Run one of Django's or our own commands; an unreadable setting or an absent database is one sentence."""
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    from config.environment import NotConfigured

    try:
        execute_from_command_line(sys.argv)
    except NotConfigured as problem:
        sys.exit(str(problem))
    except OperationalError as problem:
        # With an SQLSTATE the server answered; without one there was no server to ask.
        if getattr(problem.__cause__, "sqlstate", None):
            raise
        sys.exit("The database cannot be reached (%s). Start it with: python3 manage.py demo, or set DATABASE_URL." % str(problem).split("\n")[0])


if __name__ == "__main__":
    main()
