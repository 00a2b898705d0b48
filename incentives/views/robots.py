"""The doors to group robots: the list with what went wrong, setting one up, trying it, posting again."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incentives.access import robots as access
from incentives.forms.robots import RobotForm
from incentives.models import RobotMessage
from incentives.rules.robots import FAULTS, Topic
from incentives.services import robots as services

MESSAGES_SHOWN = 30


@require_safe
def robots(request):
    """List the robots, what each posts, and what became of the latest messages."""
    found = list(access.robots_for(request))
    names = dict(Topic.choices)
    latest = RobotMessage.objects.select_related("robot").order_by("-pk")[:MESSAGES_SHOWN]
    context = {
        "robots": [(robot, [names[topic] for topic in robot.topics if topic in names]) for robot in found],
        "latest": list(latest) if found else [],
        "again": (RobotMessage.Status.FAILED, RobotMessage.Status.UNCLEAR),
    }
    return render(request, "incentives/robots.html", context)


@require_http_methods(["GET", "POST"])
def add(request):
    """Add a robot."""
    access.robots_for(request)
    form = RobotForm(request.POST or None, is_new=True)
    if request.method == "POST" and form.is_valid():
        services.add_robot(**form.cleaned_data, now=timezone.now(), by=request.user)
        messages.success(request, _("The robot is set up. Send a test to see whether it arrives."))
        return redirect("incentives:robots")
    return render(request, "incentives/robot_form.html", {"form": form, "robot": None}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def change(request, robot_id):
    """Change a robot."""
    robot = access.robot_for(request, robot_id)
    form = RobotForm(request.POST or None, is_new=False, initial=RobotForm.initial_of(robot))
    if request.method == "POST" and form.is_valid():
        services.change_robot(robot=robot, **form.cleaned_data, now=timezone.now(), by=request.user)
        messages.success(request, _("Saved."))
        return redirect("incentives:robots")
    return render(request, "incentives/robot_form.html", {"form": form, "robot": robot}, status=422 if form.errors else 200)


@require_POST
def remove(request, robot_id):
    """Remove a robot."""
    services.remove_robot(robot=access.robot_for(request, robot_id), by=request.user)
    messages.success(request, _("The robot is removed."))
    return redirect("incentives:robots")


@require_POST
def attempt(request, robot_id):
    """Send a test to the group."""
    robot = access.robot_for(request, robot_id)
    if fault := services.try_robot(robot=robot, now=timezone.now(), by=request.user):
        messages.warning(request, _("The test did not arrive: %(fault)s") % {"fault": FAULTS.get(fault, fault)})
    else:
        messages.success(request, _("The test is in the group."))
    return redirect("incentives:robots")


@require_POST
def again(request, message_id):
    """Post a message again that did not arrive."""
    services.post_again(message=access.message_for(request, message_id), now=timezone.now(), by=request.user)
    messages.success(request, _("It will be posted again within a minute."))
    return redirect("incentives:robots")
