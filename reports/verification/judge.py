"""Judge a file or a code: ask the register, and let a process of its own look into a PDF."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from core.refusal import Refused
from reports import signing
from reports.services.papers import is_drawn_from
from reports.verification import queries
from reports.verification.reader import SECONDS
from reports.verification.verdict import Answer, Hand, Issued, Signature, Verdict

logger = logging.getLogger(__name__)
ROOT: Final = Path(__file__).resolve().parents[2]
# How many strangers' files are looked into at a time, in each process that serves pages.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
CODE: Final = re.compile(r"[0-9a-f]{8,64}")


class Busy(Refused):
    """Others are having their files judged."""

    code = "busy"


class NotACode(Refused):
    """What was typed is no code of a paper."""

    code = "not_a_code"


def judge_code(*, code: str) -> Verdict:
    """
    Say whether a paper with this code was issued here; a code is the beginning of a sha256, at least eight of its letters and figures.

    :raises NotACode: if it cannot be one
    """
    tidy = "".join(code.split()).lower()
    if not CODE.fullmatch(tidy):
        raise NotACode(_("This is not a code of a report."), field="code", next_step=_("It has letters from a to f and figures only, as printed."))
    found = queries.code_issued(code=tidy)
    return Verdict(Answer.KNOWN if found else Answer.UNKNOWN, tidy, issued=found)


def judge_file(*, data: bytes) -> Verdict:
    """
    Say whether these very bytes were issued here, and judge who signed them. The bytes are not kept.

    :raises Busy: if too many files are being judged at this moment
    """
    sha256 = hashlib.sha256(data).hexdigest()
    issued = queries.file_issued(sha256=sha256)
    answer = Answer.GENUINE if issued else Answer.UNKNOWN
    if not data.startswith(b"%PDF-"):
        return Verdict(answer, sha256, issued=issued, size=len(data))
    found = _look_into(data)
    attached = found["attached"] if found else {}
    if issued is None:
        issued, is_genuine = _by_content(data, attached)
        answer = Answer.GENUINE if is_genuine else Answer.CHANGED if issued else Answer.UNKNOWN
    return Verdict(answer, sha256, issued=issued, signature=_signature(found, is_ours=answer == Answer.GENUINE), attached=attached, size=len(data))


def _by_content(data: bytes, attached: dict[str, str]) -> tuple[Issued | None, bool]:
    """
    Return what was issued with the figures that are attached to a file, and whether the file is drawn from them.

    Papers drawn on demand are not kept as files, but as what they say: drawn again, they are the same to the last byte.
    """
    for sha256 in attached.values():
        paper = queries.paper_of(sha256=sha256)
        if paper:
            return queries.of_paper(paper), is_drawn_from(paper=paper, data=data)
        issued = queries.code_issued(code=sha256)
        if issued:
            return issued, False
    return None, False


def _look_into(data: bytes) -> dict[str, Any] | None:
    """Let the reader look into a PDF; None where it cannot be read, or is made to harm who reads it."""
    command = [sys.executable, "-m", "reports.verification.reader"]
    if not _AT_ONCE.acquire(timeout=SECONDS):
        raise Busy(_("Many files are being verified at this moment."), field="file", next_step=_("Send it again in a minute."))
    try:
        done = subprocess.run(command, input=data, capture_output=True, cwd=ROOT, timeout=2 * SECONDS, check=True, env={"PYTHONUTF8": "1"})
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as problem:
        logger.info("A PDF could not be read: %s", problem)
        return None
    finally:
        _AT_ONCE.release()
    return found


def _signature(found: dict[str, Any] | None, *, is_ours: bool) -> Signature:
    if found is None:
        return Signature(Hand.UNREADABLE)
    if not found["signatures"]:
        return Signature(Hand.NONE)
    last = found["signatures"][-1]
    return Signature(
        hand=_hand(last, is_ours=is_ours),
        name=last["name"],
        organisation=last["organisation"],
        certificate_sha256=last["certificate_sha256"],
        signed_at=last["signed_at"],
        certificate_ends=last["certificate_ends"],
        is_development=last["name"].startswith(signing.DEVELOPMENT),
    )


def _hand(signature: dict[str, Any], *, is_ours: bool) -> Hand:
    """Judge whose signature it is. A file that the register knows was signed here, by whatever certificate was then in use."""
    if not signature["is_whole"]:
        return Hand.BROKEN
    return Hand.GOOD if is_ours or signature["certificate_sha256"] == signing.certificate_sha256() else Hand.FOREIGN
