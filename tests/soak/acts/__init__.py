"""
What a client of the soak does: each act is one real service call.

It is planned as plain values, which are written down before the call and can be sent again word for word.
"""

from __future__ import annotations

from typing import Final

from tests.soak.acts import corrections, missing, money_in, money_out, sharing, used
from tests.soak.acts.shared import Act, Facts

ACTS: Final[dict[str, Act]] = money_in.ACTS | corrections.ACTS | sharing.ACTS | money_out.ACTS | missing.ACTS | used.ACTS

__all__ = ["ACTS", "Act", "Facts"]
