"""What methods go by, from a file: the template, what a file would change, and taking it."""

import base64

from django import forms as django_forms
from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.rules import Permission
from common.period_names import name_of
from common.refusals import Refusal
from common.tables.answers import table_response
from targets.imports import inputs as reading
from targets.services.input_files import take_file
from targets.services.plans import PlanRefused
from targets.views.inputs import closed_because, opened
from teams.access import require

ACCEPTED = ".xlsx,.csv"
_SALT = "targets.inputs_file"
#: For how long a looked-at file can be taken; after that it is chosen again.
_SECONDS = 3600


class FileForm(django_forms.Form):
    file = django_forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)


@require_http_methods(["GET", "POST"])
def inputs_file(request, plan_id, unit_id):
    """
    Show what a file would change about the rows below a unit, and take it on a second press; as a template with `?as=xlsx` or `csv`.

    The file comes back with the second press, signed, so that what is taken is what was looked at; nothing is kept in between.
    """
    plan, unit, sheet, given, nodes = opened(request, plan_id, unit_id)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        rows = reading.template_rows(nodes, given=given, sheet=sheet)
        return table_response(request, reading.template_columns(), rows, name=_("What the methods go by") + f" {unit.name}")
    if reason := closed_because(plan):
        messages.info(request, reason)
        return redirect("targets:inputs", plan.pk, unit.pk)
    context = {
        "plan": plan,
        "unit": unit,
        "year": name_of(sheet.year, plan.year_starts_on.month),
        "accept": ACCEPTED,
        "limits": reading.LIMITS,
        "may_export": request.membership.may(Permission.EXPORT),
    }
    about = {"nodes": nodes, "given": given, "sheet": sheet, "currency": request.company.currency}
    if request.method == "POST":
        if request.POST.get("looked_at"):
            return _take(request, plan, unit, about)
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            content = file.read(reading.LIMITS.file_bytes + 1)
            try:
                read = reading.read_inputs(content, file.name, **about)
            except Refusal as refusal:
                form.add_error("file", refusal.reason)
            else:
                kept = signing.dumps([file.name, base64.b85encode(content).decode(), given.stamp], salt=_SALT, compress=True)
                return render(request, "targets/inputs_file.html", context | {"read": read, "kept": kept, "file": file.name})
        context["errors"] = form.errors["file"]
    return render(request, "targets/inputs_file.html", context, status=422 if request.method == "POST" else 200)


def _take(request, plan, unit, about):
    try:
        name, content, seen = signing.loads(request.POST["looked_at"], salt=_SALT, max_age=_SECONDS)
        read = reading.read_inputs(base64.b85decode(content), name, **about)
        number = take_file(plan=plan, changes=read.changes, seen=seen, by=request.user)
    except signing.BadSignature:
        messages.error(request, _("Choose the file again."))
    except (PlanRefused, Refusal) as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(
            request, _("%(number)s numbers were kept.") % {"number": number} if number else _("Nothing was different.")
        )
        return redirect("targets:inputs", plan.pk, unit.pk)
    return redirect("targets:inputs_file", plan.pk, unit.pk)
