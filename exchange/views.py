"""The pages of importing: choose a file, match its columns, look at the preview, follow it, see what became of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.lists import page_of
from common.refusals import Refusal
from exchange import exports, forms, reading, rules, services, telling
from exchange.access import import_for, kinds_of
from exchange.kinds import KINDS
from exchange.models import Import
from jobs.models import Job
from jobs.services import progress_of
from teams.access import require

PAGE_SIZE = 25
#: Rows of each table on the page; all of them are in the files to take away.
SHOWN = 50


@require_GET
def list_imports(request):
    """Who imported what, when, and what became of it; the templates of each kind."""
    kinds = kinds_of(request)
    filter_form = forms.ListFilter(request.GET, kinds=kinds)
    imports = filter_form.narrow(Import.objects.without_files().select_related("created_by", "job"))
    page = page_of(imports, request, size=PAGE_SIZE)
    return render(
        request,
        "exchange/list.html",
        {
            "page": page,
            "filter_form": filter_form,
            "kinds": kinds.values(),
            "is_filtered": bool(request.GET.get("kind")),
            "may_set_up": request.membership.may(Permission.IMPORT),
        },
    )


@require_http_methods(["GET", "POST"])
def add(request):
    """Choose a kind and a file."""
    kinds = kinds_of(request)
    given = request.GET.get("kind") if len(kinds) > 1 else next(iter(kinds))
    initial = {"kind": given if given in kinds else None}
    form = forms.Upload(request.POST or None, request.FILES or None, initial=initial, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = services.receive_file(
                kind=form.cleaned_data["kind"],
                file_name=file.name,
                content=file.read(),
                client_ref=form.cleaned_data["client_ref"],
                by=request.user,
            )
        except Refusal as refusal:
            form.add_error("file", refusal.reason)
        else:
            return redirect("exchange:columns", upload.pk)
    return render(
        request,
        "exchange/add.html",
        {
            "form": form,
            "kinds": kinds.values(),
            "chosen": form["kind"].value(),
            "accept": forms.ACCEPTED,
            "limits": reading.LIMITS,
            "steps": _steps(),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def columns(request, import_id):
    """Say which column is what."""
    upload = import_for(request, import_id, with_file=True)
    if upload.status == Import.Status.DONE or (upload.is_working and not upload.has_failed):
        return redirect("exchange:show", upload.pk)
    form = forms.Columns(request.POST or None, upload=upload, company=request.company)
    if request.method == "POST" and form.is_valid():
        try:
            services.match_columns(
                upload=upload,
                mapping=form.mapping,
                options=form.chosen_options,
                today=timezone.localdate(),
                by=request.user,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.reason)
        else:
            return redirect("exchange:show", upload.pk)
    samples = reading.samples_of(reading.open_table(upload.content, upload.file_name))
    used = rules.used_columns(upload.mapping)
    return render(
        request,
        "exchange/columns.html",
        {
            "upload": upload,
            "kind": KINDS[upload.kind],
            "form": form,
            "samples": [{"name": name, "values": values} for name, values in samples.items()],
            "unused": [name for name in upload.columns if name not in used],
            "steps": _steps(upload),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


@require_GET
def show(request, import_id):
    """The preview, the progress or the result, as far as the import has come."""
    upload = import_for(request, import_id)
    if upload.status == Import.Status.UPLOADED:
        return redirect("exchange:columns", upload.pk)
    kind = KINDS[upload.kind]
    samples = upload.samples
    changed = [
        {**row, "details": [(telling.label_of(key, kind), before, after) for key, before, after in row["details"]]}
        for row in samples.get("changed", [])
    ]
    taken = upload.counts.get("created", 0) + upload.counts.get("changed", 0)
    return render(
        request,
        "exchange/show.html",
        {
            "upload": upload,
            "kind": kind,
            "steps": _steps(upload),
            "current_step": 4 if upload.status in {Import.Status.RUNNING, Import.Status.DONE} else 3,
            "job": _progress(upload) if upload.is_working else None,
            "taken": taken,
            "created": samples.get("created", []),
            "changed": changed,
            "also": telling.also_made(samples.get("also", {})),
            "refused": telling.refused(upload.rejected[:SHOWN], kind),
            "guesses": telling.grouped(upload.guesses, kind)[:SHOWN],
            "earlier": _same_file_before(upload),
            "onward": _onward(upload),
        },
    )


@require_GET
def follow(request, import_id):
    """How far the job is, as a part of the page; when it is over the page comes anew."""
    upload = import_for(request, import_id)
    if not upload.is_working or upload.has_failed:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"id": "import-job", "url": reverse("exchange:progress", args=[upload.pk]), "job": _progress(upload)}
    return render(request, "_components/progress.html", context)


@require_POST
def start(request, import_id):
    """Import what the preview showed."""
    upload = import_for(request, import_id)
    try:
        services.start(upload=upload, by=request.user)
    except services.ImportRefused as refusal:
        messages.warning(request, refusal.reason)
    return redirect("exchange:show", upload.pk)


@require_POST
def try_again(request, import_id):
    """Do the step again whose job failed."""
    upload = import_for(request, import_id)
    try:
        services.try_again(upload=upload, by=request.user)
    except services.ImportRefused as refusal:
        messages.warning(request, refusal.reason)
    return redirect("exchange:show", upload.pk)


@require_GET
def rejected_rows(request, import_id):
    """The rows that were not taken, as a file."""
    upload = import_for(request, import_id, with_file=True)
    if not upload.rejected or not upload.has_file:
        raise Http404
    return _hand_out(exports.rejected_rows(upload))


@require_GET
def guesses(request, import_id):
    """Every guess, as a file."""
    upload = import_for(request, import_id)
    if not upload.guesses:
        raise Http404
    return _hand_out(exports.guesses(upload))


@require_GET
def template(request, kind):
    """An example file of a kind, with headings in the reader's language."""
    kinds_of(request)
    if (found := KINDS.get(kind.upper())) is None:
        raise Http404
    require(request, found.needs)
    return _hand_out(exports.template(found))


def _hand_out(download):
    response = HttpResponse(download.content, content_type=download.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=download.name)
    return response


def _steps(upload=None):
    may_go_back = upload is not None and upload.status in {Import.Status.UPLOADED, Import.Status.READY}
    return [
        {"label": _("File"), "url": ""},
        {"label": _("Columns"), "url": reverse("exchange:columns", args=[upload.pk]) if may_go_back else ""},
        {"label": _("Preview"), "url": ""},
        {"label": _("Result"), "url": ""},
    ]


def _progress(upload):
    """Return what the progress bar shows; a job that waits has not got anywhere yet."""
    if upload.job is None or upload.job.status == Job.Status.QUEUED:
        done, total, doing = 0, None, _("Waiting for its turn")
    else:
        done, total, step = progress_of(upload.job)
        total, doing = total or None, step or _("Reading the file")
    return {"done": done, "total": total, "doing": doing, "is_over": False, "is_failed": False}


def _same_file_before(upload):
    """Return the last time that the very same file was imported, or None."""
    if upload.status != Import.Status.READY:
        return None
    same = Import.objects.without_files().filter(kind=upload.kind, content_hash=upload.content_hash, status=Import.Status.DONE)
    return same.exclude(pk=upload.pk).order_by("-finished_at").first()


def _onward(upload):
    """Return where what was imported is seen."""
    route, label = {
        Import.Kind.PEOPLE: ("teams:people", _("See the people")),
        Import.Kind.CUSTOMERS: ("customers:list", _("See the customers")),
        Import.Kind.PRODUCTS: ("deals:products", _("See the products")),
        Import.Kind.DEALS: ("deals:list", _("See the deals")),
        Import.Kind.TARGETS: ("targets:plans", _("See the targets")),
        Import.Kind.BASE_PAY: ("incentives:pay_terms", _("See the base pay")),
    }[upload.kind]
    return {"url": reverse(route), "label": label}
