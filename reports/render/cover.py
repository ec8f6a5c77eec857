"""The first two pages of a report: its cover, and its contents. In an edition of both languages the English stands under the Khmer."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from PIL import Image
from reportlab.lib.utils import ImageReader

from reports.render import design
from reports.render.flow import filled, place_of
from reports.render.frame import draw_code, draw_signature_box
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, wrap
from reports.render.values import day

if TYPE_CHECKING:
    from reports.render.pdf import Look

LEFT: Final = 74.0
EMBLEM: Final = 74.0
EDGE: Final = 60.0


def draw_contents(canvas: Any, looks: Sequence[Look], size: Sequence[float]) -> None:
    """Draw the contents: a line for each section, with its page and a link; two pages where both languages stand in the file."""
    left, right, several = design.MARGIN, size[0] - design.MARGIN, len(looks) > 1
    y = size[1] - design.TOP - 26
    canvas.setFillColor(design.FOREST)
    draw_text(canvas, left, y, " · ".join(look.word("contents") for look in looks), BOLD, 20)
    y -= 40
    step = 38.0 if several else 26.0
    columns = [right - 40 - 46 * (len(looks) - 1 - at) for at in range(len(looks))]
    if several:
        canvas.setFillColor(design.MUTED)
        for look, edge in zip(looks, columns, strict=True):
            draw_text(canvas, edge + 40, y + 17, look.word("edition"), REGULAR, 7.5, align="right")
    for number, key in enumerate(looks[0].parts.sections(), start=1):
        canvas.setFillColor(design.OCHRE)
        draw_text(canvas, left, y, str(number), BOLD, 10)
        for at, (look, edge) in enumerate(zip(looks, columns, strict=True)):
            canvas.setFillColor(design.MUTED if at else design.INK)
            draw_text(canvas, left + 28, y - 14 * at, look.word(key), REGULAR, 8.5 if at else 10)
            _page_of(canvas, place_of(key, look.language), edge, y, (edge - 6 if several else left, y - step + 17, edge + 40, y + 13))
        canvas.setStrokeColor(design.HAIR)
        canvas.setLineWidth(0.5)
        canvas.line(left, y - step + 17, right, y - step + 17)
        y -= step


def _page_of(canvas: Any, place: str, x: float, y: float, around: tuple[float, float, float, float]) -> None:
    """Draw the number of the page where a section begins, as a link; it is known only when all pages are drawn."""
    canvas.linkRect("", place, around, relative=0, thickness=0)
    canvas.awaited.append(place)
    canvas.saveState()
    canvas.translate(x, y)
    canvas.doForm(f"at-{place}")
    canvas.restoreState()


def draw_cover(canvas: Any, looks: Sequence[Look], size: Sequence[float]) -> None:
    """Draw the cover: who, what, when, for which project, in which state, and how to check it."""
    width, height = size
    snapshot, room = looks[0].snapshot, width - LEFT - EDGE
    filled(canvas, 0, 0, 22, height, design.FOREST)
    y = height - 92
    for at, authority in enumerate(_each(looks, [one.read(snapshot["authority"]) for one in looks])):
        canvas.setFillColor(design.FOREST)
        draw_text(canvas, LEFT, y - 20 * at, authority, BOLD, 11 if at else 13)
    if snapshot.get("emblem"):
        _emblem(canvas, snapshot["emblem"], width - EDGE, height - 54)
    canvas.setStrokeColor(design.OCHRE)
    canvas.setLineWidth(2)
    y -= 14 + 20 * (len(looks) - 1)
    canvas.line(LEFT, y, LEFT + 46, y)
    y = height - (236 if len(looks) == 1 else 200)
    y = _stacked(canvas, looks, y, [one.word("title") for one in looks], (BOLD, 32, 20), room, design.INK) - 2
    y = _stacked(canvas, looks, y, [one.word("subtitle") for one in looks], (REGULAR, 12, 10), room - 50, design.MUTED) - 30
    y = _stacked(canvas, looks, y, [one.scope for one in looks], (BOLD, 16, 12), room, design.FOREST) - 4
    spans = [f"{snapshot['period']['label']}  ·  {one.span()}" if at == 0 else one.span() for at, one in enumerate(looks)]
    y = _stacked(canvas, looks, y, spans, (REGULAR, 12, 10), room, design.INK)
    if snapshot["demonstration"]:
        _warning(canvas, " · ".join(one.word("demonstration") for one in looks), y - 22, room)
    _facts(canvas, looks, 306 if len(looks) == 1 else 326)
    _proof(canvas, looks, width - EDGE)


def _emblem(canvas: Any, picture: str, right: float, top: float) -> None:
    """Draw the ministry's emblem at the right, on white: what is transparent would depend on the reader."""
    with Image.open(io.BytesIO(base64.b64decode(picture))) as opened:
        clear = opened.convert("RGBA")
    flat = Image.new("RGB", clear.size, "white")
    flat.paste(clear, mask=clear.getchannel("A"))
    scale = EMBLEM / max(clear.size)
    width, height = clear.width * scale, clear.height * scale
    canvas.drawImage(ImageReader(flat), right - width, top - height, width, height)


def _each(looks: Sequence[Look], texts: Sequence[str]) -> list[str]:
    """Return the texts of an edition; what both languages say alike is said once."""
    return list(dict.fromkeys(texts)) if len(looks) > 1 else list(texts)


def _stacked(canvas: Any, looks: Sequence[Look], y: float, texts: Sequence[str], face: tuple[str, float, float], room: float, colour: Any) -> float:
    """Draw a text, and under it, smaller, the same in the other language."""
    name, large, small = face
    for at, text in enumerate(_each(looks, texts)):
        y = _paragraph(canvas, looks[at].language, LEFT, y, text, name, small if at else large, room, colour)
    return y


def _warning(canvas: Any, text: str, y: float, room: float) -> None:
    filled(canvas, LEFT, y - 17, room, 26, design.OCHRE_WASH)
    filled(canvas, LEFT, y - 17, 3, 26, design.OCHRE)
    canvas.setFillColor(design.OCHRE)
    draw_text(canvas, LEFT + 14, y - 8, text, BOLD, 9.5)


def _paragraph(canvas: Any, language: str, x: float, y: float, text: str, face: str, size: float, width: float, colour: Any) -> float:
    canvas.setFillColor(colour)
    for line in wrap(text, face, size, width):
        draw_line(canvas, x, y, line, face, size)
        y -= design.leading(size, language)
    return y


def _facts(canvas: Any, looks: Sequence[Look], y: float) -> None:
    for key, _first in _facts_of(looks[0]):
        texts = _each(looks, [dict(_facts_of(one))[key] for one in looks])
        canvas.setFillColor(design.MUTED)
        draw_text(canvas, LEFT, y, looks[0].word(key), REGULAR, 9)
        if len(looks) > 1:
            draw_text(canvas, LEFT, y - 11, looks[1].word(key), REGULAR, 7.5)
        below = y - 23
        for at, text in enumerate(texts):
            y = _paragraph(canvas, looks[at].language, LEFT + 118, y, text, REGULAR, 7.5 if at else 9, 330, design.INK)
        y = min(y - 3, below) if len(looks) > 1 else y - 4


def _facts_of(look: Look) -> list[tuple[str, str]]:
    """Return what stands on the cover about this report, by its word."""
    snapshot = look.snapshot
    projects = snapshot["scope"]["projects"]
    facts = []
    if len(projects) == 1:
        one = projects[0]
        facts.append(("programme_id", f"{one['programme_id']} ({one['registry']}; {one['standard']}; {one['mechanism']})"))
        if look.read(one["proponent"]):
            facts.append(("proponent", look.read(one["proponent"])))
    else:
        facts.append(("projects", ", ".join(look.read(one["name"]) for one in projects)))
    facts.append(("status", look.word("closed" if snapshot["books"]["closed"] else "interim")))
    version = str(snapshot["version"])
    if snapshot["replaces"]:
        version += f" ({look.word('replaces').lower()} {snapshot['replaces']['version']}, {snapshot['replaces']['sha256'][:16]})"
    facts += [("version", version), ("prepared_by", look.read(snapshot["prepared_by"]))]
    frozen = datetime.fromisoformat(snapshot["frozen_at"])
    facts.append(("frozen_at", f"{day(frozen.date(), look.language)}, {frozen:%H:%M} UTC"))
    return facts


def _proof(canvas: Any, looks: Sequence[Look], right: float) -> None:
    """Draw fingerprint, seal and address, and the box in which a signature stands when there is one."""
    look = looks[0]
    canvas.setStrokeColor(design.HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(LEFT, 150, right, 150)
    lines = [" · ".join(one.word("fingerprint") for one in looks), look.fingerprint]
    seal = look.snapshot["seal"]
    if seal:
        lines.append(f"{' · '.join(one.word('seal') for one in looks)} {seal['number']} · {seal['root'][:32]}…")
    if look.proof.address:
        lines.append(f"{' · '.join(one.word('verify') for one in looks)} {look.proof.address}")
        draw_code(canvas, look.proof.address, right - 62, 76, 62)
    y = 136.0
    for line in lines:
        canvas.setFillColor(design.INK if line == look.fingerprint else design.MUTED)
        draw_text(canvas, LEFT, y, line, REGULAR, 7.5)
        y -= design.leading(7.5, look.language)
    draw_signature_box(canvas, design.SIGNATURE, [one.word("unsigned") for one in looks])
