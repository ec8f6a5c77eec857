"""Collect the sentences people read and compile their translations, with Babel alone: nothing else has to be installed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALE: Final = ROOT / "locale"
ROOMS: Final = ("config", "core", "revenue", "communities", "reports")

# The sentences of other packages that reach our readers and that those packages do not say in Khmer.
BORROWED: Final = {
    "django": (
        "contrib/admin/filters.py", "contrib/admin/views/main.py", "contrib/auth/password_validation.py", "core/validators.py", "forms/fields.py",
        "forms/models.py", "template/defaultfilters.py",
    ),
    "unfold": (
        "templates/admin/change_list.html", "templates/admin/search_form.html", "templates/admin/submit_line.html", "templates/unfold/helpers/welcomemsg.html", "templates/unfold/helpers/boolean.html",
        "templates/unfold/helpers/change_list_filter_actions.html", "templates/unfold/helpers/command_history.html",
        "templates/unfold/helpers/command_results.html", "templates/unfold/helpers/empty_results.html",
        "templates/unfold/helpers/header_back_button.html", "templates/unfold/helpers/pagination_infinite.html",
        "templates/unfold/helpers/search.html", "templates/unfold/helpers/tab_items.html", "templates/unfold/helpers/theme_switch.html",
        "templates/unfold/widgets/clearable_file_input.html", "templates/unfold/widgets/password_toggle.html",
    ),
}  # fmt: skip

_KEYWORDS: Final[dict[str, tuple[int | tuple[int, str], ...] | None]] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def catalogue_path(language: str) -> Path:
    """Return where a language's translations stand as text."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def collected() -> Catalog:
    """Return every sentence marked for translation in the code, in the templates and in what is borrowed."""
    catalogue = Catalog(project="Forest Dividend", charset="utf-8", fuzzy=False)
    for name, source in _sources():
        for line, message, comments, context in _extracted(source):
            catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    for entry in catalogue:
        entry.locations = sorted({(place, 0) for place, _line in entry.locations})
    return catalogue


def read(language: str) -> Catalog:
    """Return a language's translations as they stand."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def renew(language: str) -> Catalog:
    """Bring a language's translations up to the sentences in use: what is new is empty, what is no longer used goes."""
    catalogue = read(language)
    catalogue.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def write(catalogue: Catalog, language: str) -> None:
    """Write a language's translations as text and as Django reads them."""
    catalogue_path(language).write_bytes(as_text(catalogue))
    catalogue_path(language).with_suffix(".mo").write_bytes(as_machine_file(catalogue))


def as_text(catalogue: Catalog) -> bytes:
    """Return translations as a .po file, without line numbers: they would change with every edit of the code."""
    file = io.BytesIO()
    write_po(file, catalogue, width=0, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    return file.getvalue()


def as_machine_file(catalogue: Catalog) -> bytes:
    """Return translations as a .mo file."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _sources() -> Iterator[tuple[str, str]]:
    """Give each file that may hold sentences: its name and its text as Python can be read for them."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*.*")):
        yield path.relative_to(ROOT).as_posix(), _template_as_code(path.read_text(encoding="utf-8"), path.name)
    for package, names in BORROWED.items():
        spec = find_spec(package)
        home = Path(spec.origin).parent if spec and spec.origin else ROOT
        for name in names:
            text = (home / name).read_text(encoding="utf-8")
            yield f"{package}/{name}", text if name.endswith(".py") else _template_as_code(text, name)


def _template_as_code(text: str, name: str) -> str:
    """Return a template with only its translatable texts left, one statement a line so that indentation means nothing."""
    return "\n".join(line.strip() for line in templatize(text, origin=name).splitlines())


def _extracted(source: str) -> Iterable[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    return extract("python", io.BytesIO(source.encode()), keywords=_KEYWORDS, comment_tags=("Translators:",), options={"encoding": "utf-8"})
