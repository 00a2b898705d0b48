"""Group robots for the member behind a request: only who sets the company up sees them."""

from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from incentives.models import GroupRobot, RobotMessage
from teams.access import require


def robots_for(request):
    """Return the company's robots."""
    require(request, Permission.COMPANY_SETTINGS)
    return GroupRobot.objects.all()


def robot_for(request, robot_id):
    """Return a robot."""
    return get_object_or_404(robots_for(request), pk=robot_id)


def message_for(request, message_id):
    """Return a message of a robot."""
    require(request, Permission.COMPANY_SETTINGS)
    return get_object_or_404(RobotMessage.objects.select_related("robot"), pk=message_id)
