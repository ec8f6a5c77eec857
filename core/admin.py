"""The office pages' own base: reading by role, acts as buttons, totals and export on each list."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, BinaryIO, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core import clock, digits, files, imports
from core.acts import Act, Asked, Done, Fact, act_page, offered_acts
from core.audit.services import record
from core.models import BookCheck, ImportRun, Job, Programme, StoredFile
from core.money import Money, plain
from core.people.access import ADMINISTRATORS, MAKERS, READERS, may
from core.people.models import Role, User

Column = tuple[str | Promise, Callable[[Any], object]]
MOST_EXPORTED_ROWS = 100_000
# Full-width signs begin a formula too, in spreadsheets set to East Asian languages.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """Write a value for a spreadsheet so that no text is taken for a formula; numbers stay numbers."""
    text = "" if value is None else str(value)
    is_number = text.removeprefix("-").replace(",", "").replace(".", "", 1).isdigit()
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(_DANGEROUS) and not is_number else text


def amount_cell(minor: int | None, currency: str) -> SafeString | str:
    """Write an amount for a list: to the right, with thousands commas and its currency."""
    return "—" if minor is None else format_html('<span class="number">{} {}</span>', currency, digits.shown(plain(Money(minor, currency))))


def count_cell(count: int | None) -> SafeString | str:
    """Write a whole number for a list: to the right, with thousands commas."""
    return "—" if count is None else format_html('<span class="number">{}</span>', digits.shown(f"{count:,}"))


def row_link(row: Model | None, text: object = "") -> SafeString | str:
    """Link to a row's own office page."""
    if row is None:
        return "—"
    return format_html('<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>', row_address(row), text or row)


def row_address(row: Model) -> str:
    """Return the address of a row's own office page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_address(model: type[Model], **filters: object) -> str:
    """Return the address of a list, filtered."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


class HouseAdmin(ModelAdmin):
    """
    A list and a reading page for everybody who reads the books; every change is an act with its own page.

    Subclasses name ``viewers`` and ``editors`` (roles; nobody edits by default), ``acts`` on one row,
    ``new_acts`` that make a row, ``list_totals`` and ``export_columns``.
    """

    viewers: ClassVar[Collection[Role]] = READERS
    editors: ClassVar[Collection[Role]] = frozenset()
    acts: ClassVar[Sequence[Act]] = ()
    new_acts: ClassVar[Sequence[Act]] = ()
    export_columns: ClassVar[Sequence[Column]] = ()
    # Filters that other pages link with, beyond those of ``list_filter``: "sale__project__id__exact".
    extra_lookups: ClassVar[Collection[str]] = ()
    empty_list_sentence: ClassVar[str | Promise] = _("Nothing here yet.")

    list_before_template = "core/list_top.html"
    # What can be done, and what the row's money is made of, stand before its plain columns.
    change_form_outer_before_template = "core/row_top.html"
    list_filter_submit = False
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    actions = None
    compressed_fields = True
    warn_unsaved_form = True

    # --- who -------------------------------------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.viewers) or may(request.user, self.editors)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.editors)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        allowed: bool = lookup in self.extra_lookups or super().lookup_allowed(lookup, value, request)
        return allowed

    # --- what a subclass says ------------------------------------------------------------------------------------------
    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        """Return the sums shown above the list, over all rows that the filters leave."""
        return ()

    def made_of(self, row: Any) -> Iterable[tuple[str | Promise, Iterable[Fact]]]:
        """Return titled groups of what this row's numbers are made of, each with its link."""
        return ()

    # --- pages ---------------------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        own = [
            path("new/<slug:name>/", self.admin_site.admin_view(self.new_act_view), name=self._url_name("new_act")),
            path("export.csv", self.admin_site.admin_view(self.export_view), name=self._url_name("export")),
            path("<path:object_id>/act/<slug:name>/", self.admin_site.admin_view(self.act_view), name=self._url_name("act")),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def _url_name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def row_url(self, row: Model) -> str:
        """Return the address of a row's own page."""
        return reverse(f"admin:{self._url_name('change')}", args=[row.pk])

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        act = _named(self.acts, name)
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        url = self.row_url(row)
        return act_page(request=request, act=act, row=row, context=self._context(request), done_url=url, back_url=url)

    def new_act_view(self, request: HttpRequest, name: str) -> HttpResponse:
        url = reverse(f"admin:{self._url_name('changelist')}")
        context = self._context(request)
        return act_page(request=request, act=_named(self.new_acts, name), row=None, context=context, done_url=url, back_url=url)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            listed = response.context_data["cl"]
            response.context_data.update(
                totals=list(self.list_totals(listed.queryset)),
                new_acts=[(act, reverse(f"admin:{self._url_name('new_act')}", args=[act.name])) for act in self._new_acts(request)],
                export_url=self._export_url(request) if self.export_columns else "",
                empty_list_sentence=self.empty_list_sentence,
                is_empty=listed.result_count == 0,
            )
        return response

    def _new_acts(self, request: HttpRequest) -> list[Act]:
        return [act for act in self.new_acts if may(request.user, act.roles)]

    def _export_url(self, request: HttpRequest) -> str:
        query = request.META.get("QUERY_STRING", "")
        return reverse(f"admin:{self._url_name('export')}") + (f"?{query}" if query else "")

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Give the filtered list as CSV, safe against formulas."""
        if not self.has_view_permission(request) or not self.export_columns:
            raise Http404
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)[:MOST_EXPORTED_ROWS]
        except IncorrectLookupParameters:
            # The list says that it cannot be filtered so.
            return HttpResponseRedirect(reverse(f"admin:{self._url_name('changelist')}") + f"?{ERROR_FLAG}=1")
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([str(title) for title, _value in self.export_columns])
        writer.writerows([safe_cell(value(row)) for _title, value in self.export_columns] for row in rows.iterator(chunk_size=2000))
        response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.csv"'
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None
        context = {
            "acts": [
                (act, reverse(f"admin:{self._url_name('act')}", args=[row.pk, act.name]))
                for act in offered_acts(acts=self.acts, person=request.user, row=row)
            ]
            if row is not None
            else [],
            "made_of": [(title, list(facts)) for title, facts in self.made_of(row)] if row is not None else [],
        }
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})
        except IntegrityError:
            # The form had checked every rule; somebody else was faster.
            messages.error(request, gettext("Somebody saved the same meanwhile. Nothing was changed."))
            return HttpResponseRedirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm[Any], change: bool) -> None:
        """Save master data and leave an audit record of what was changed, in the same transaction."""
        super().save_model(request, obj, form, change)
        person = request.user
        record(
            act=f"{self.opts.model_name}.{'change' if change else 'add'}",
            subject=f"{self.opts.model_name}:{getattr(obj, 'code', obj.pk)}",
            by=person if isinstance(person, User) else None,
            at=clock.now(),
            before={name: str(form.initial.get(name, "")) for name in form.changed_data} if change else {},
            after={name: str(getattr(obj, name)) for name in form.changed_data},
        )


class ReadingInline(TabularInline):
    """Rows shown under their parent, for reading only."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    hide_title = True
    viewers: ClassVar[Collection[Role]] = READERS

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.viewers)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _named(acts: Sequence[Act], name: str) -> Act:
    for act in acts:
        if act.name == name:
            return act
    raise Http404


@admin.register(Programme)
class ProgrammeAdmin(HouseAdmin):
    viewers = READERS
    editors = ADMINISTRATORS
    list_display = ("name", "authority", "is_demonstration")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and not Programme.objects.exists()


@admin.register(Job)
class JobAdmin(HouseAdmin):
    viewers = READERS | ADMINISTRATORS
    list_display = ("kind", "state", "percent", "message", "attempts", "created_at", "finished_at")
    list_filter = ("state", "kind")
    ordering = ("-id",)


@admin.register(BookCheck)
class BookCheckAdmin(HouseAdmin):
    list_display = ("checked_at", "findings")
    ordering = ("-checked_at",)


@admin.register(StoredFile)
class StoredFileAdmin(HouseAdmin):
    list_display = ("original_name", "media_type", "size", "sha256", "stored_at")
    search_fields = ("sha256", "original_name")
    ordering = ("-id",)


def _accept_import(asked: Asked) -> str:
    importer = imports.importer_for(asked.row.kind)
    assert importer is not None
    return importer.accept(import_run_id=asked.row.pk, by=asked.by, at=asked.at)


def _abandon_import(asked: Asked) -> str:
    imports.abandon_run(import_run_id=asked.row.pk, by=asked.by, at=asked.at)
    return gettext("The import was put aside. Nothing of the file was taken.")


def _is_waiting(run: ImportRun) -> bool:
    return run.state == ImportRun.State.PREVIEWED and imports.importer_for(run.kind) is not None


def _can_be_accepted(run: ImportRun) -> bool:
    return _is_waiting(run) and not imports.rows_of(run).errors


class ImportForm(forms.Form):
    """A file to be read; subclasses add what it is for."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (XLSX). Nothing is taken before you have seen what was read."),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
        max_length=200,
    )

    def clean_file(self) -> tuple[bytes, str]:
        upload: UploadedFile = self.cleaned_data["file"]
        try:
            return files.read_sheet(upload=cast("BinaryIO", upload)), upload.name or "file"
        except files.NotAcceptable as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


def previewed(run: ImportRun) -> Done:
    """Go to the preview of an uploaded file."""
    return Done(gettext("This is what was read. Nothing is in the books yet."), url=row_address(run))


@admin.register(ImportRun)
class ImportRunAdmin(HouseAdmin):
    """Previews of files: what was read, every line that could not be, and the decision."""

    MOST_SHOWN = 200

    list_display = ("kind", "file_name", "state", "row_count", "previewed_by", "previewed_at", "accepted_by", "accepted_at")
    list_filter = ("kind", "state")
    ordering = ("-id",)
    fields = ("kind", "file_name", "hash_of_file", "state", "previewed_by", "previewed_at", "accepted_by", "accepted_at")
    change_form_outer_after_template = "core/import.html"
    acts = (
        Act(
            name="accept", title=_("Accept the file"), roles=MAKERS, run=_accept_import, possible=_can_be_accepted,
            explanation=_("Every line is taken, or none. A file is accepted once."),
        ),
        Act(name="abandon", title=_("Put the file aside"), roles=MAKERS, run=_abandon_import, possible=_is_waiting, is_refusal=True),
    )  # fmt: skip

    @admin.display(description=_("file"))
    def file_name(self, run: ImportRun) -> str:
        return run.file.original_name

    @admin.display(description=_("sha256"))
    def hash_of_file(self, run: ImportRun) -> str:
        return run.file.sha256

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        return super().get_queryset(request).select_related("file", "previewed_by", "accepted_by")  # type: ignore[no-any-return]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if object_id else None
        preview = self._preview(run) if run is not None else {}
        return super().changeform_view(request, object_id, form_url, {**preview, **(extra_context or {})})

    def _preview(self, run: ImportRun) -> dict[str, Any]:
        importer = imports.importer_for(run.kind)
        if importer is None:
            return {}
        parsed = imports.rows_of(run)
        shown = parsed.rows[: self.MOST_SHOWN]
        return {
            "importer": importer,
            "is_waiting": run.state == ImportRun.State.PREVIEWED,
            "headings": [title for title, _value in importer.columns],
            "lines": [(getattr(row, "line", ""), [value(row) for _title, value in importer.columns]) for row in shown],
            "errors_by_line": [(error.line, error.column, imports.sentence_of(error)) for error in parsed.errors[: self.MOST_SHOWN]],
            "row_count": len(parsed.rows),
            "error_count": len(parsed.errors),
            "left_out": len(parsed.rows) - len(shown),
        }
