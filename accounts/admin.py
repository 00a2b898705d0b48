"""What the platform's operators see: companies and accounts, and no company's data."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User


class PlatformSite(admin.AdminSite):
    """A site of its own: what other packages register with Django's stays out."""

    site_header = site_title = _("Platform")
    index_title = _("Companies and accounts")


platform = PlatformSite(name="admin")
# Operators sign in as everybody does: with rate limits and the second factor.
platform.login = secure_admin_login(platform.login)


class WithoutAddingOrDeleting(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Company, site=platform)
class CompanyAdmin(WithoutAddingOrDeleting):
    """A company is founded by the command, which makes its admin and its first unit, too."""

    list_display = ("name", "slug", "time_zone", "is_active", "is_demo", "created_at")
    list_filter = ("is_active", "is_demo")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "time_zone", "currency", "country", "is_active", "created_at")
    readonly_fields = ("slug", "time_zone", "currency", "country", "created_at")


@admin.register(User, site=platform)
class UserAdmin(WithoutAddingOrDeleting):
    list_display = ("name", "email", "phone", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name", "email", "phone")
    fields = ("name", "email", "phone", "language", "is_active", "is_staff", "last_login", "date_joined")
    # Whoever could change an address could have a password link sent to it, and come into a company as that person.
    readonly_fields = ("email", "phone", "is_staff", "last_login", "date_joined")
