"""Robots of groups, and what each was given to post."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from incentives.rules.robots import FAULTS, RobotKind, Topic


class GroupRobot(CompanyModel):
    """A robot of a group in another service. Its address is a secret: `token` and `secret` are kept sealed, never shown."""

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("service"), max_length=10, choices=RobotKind)
    token = models.TextField(editable=False)
    secret = models.TextField(blank=True, editable=False)
    # The last signs of the address, to tell one from another.
    ending = models.CharField(max_length=4, editable=False)
    topics = ArrayField(
        models.CharField(max_length=10, choices=Topic), default=list, blank=True, verbose_name=_("what it posts")
    )
    shows_amounts = models.BooleanField(_("amounts stand in the messages"), default=False)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    is_active = models.BooleanField(_("posts"), default=True)
    # News of before is not posted.
    since = models.DateTimeField(_("posts since"))
    client_ref = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("group robot")
        verbose_name_plural = _("group robots")
        ordering = ["name", "pk"]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_group_robot_per_client_ref")]

    def __str__(self):
        return self.name


class RobotMessage(CompanyModel):
    """
    One piece of news for one robot, once ever. It is marked as leaving before it leaves: what breaks off then stays unclear,
    and is never sent again by itself.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        LEAVING = "LEAVING", _("Leaving")
        SENT = "SENT", _("Posted")
        FAILED = "FAILED", _("Not posted")
        UNCLEAR = "UNCLEAR", _("Not known whether it arrived")
        DROPPED = "DROPPED", _("No longer news")

    robot = CompanyForeignKey(GroupRobot, on_delete=models.CASCADE, related_name="messages")
    topic = models.CharField(_("about"), max_length=10, choices=Topic)
    # Of a victory report, contest, award or praise; which of several about the same one.
    subject_id = models.BigIntegerField()
    edition = models.CharField(max_length=12, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("posted at"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("message of a group robot")
        verbose_name_plural = _("messages of group robots")
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "robot", "topic", "subject_id", "edition"], name="one_message_per_news"),
            CheckConstraint(
                condition=Q(status="SENT", sent_at__isnull=False) | (~Q(status="SENT") & Q(sent_at=None)),
                name="message_sent_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["company", "status", "next_at"], name="robot_message_by_status")]

    @property
    def fault(self):
        """What went wrong, for people: the service's own words, or ours."""
        return str(FAULTS.get(self.error, self.error))

    def __str__(self):
        return f"{self.robot} · {self.get_topic_display()}"
