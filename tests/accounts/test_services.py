"""Founding companies, letting people in and out, and the trail that each change leaves."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts import services
from accounts.models import AuditEntry, Company, Invitation, Membership, User
from accounts.rules import Role
from common.tenancy import company_scope
from teams.models import Unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def inside(cast):
    """Work inside Lantern Ltd."""
    with company_scope(cast.lantern):
        yield cast


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


class TestFoundCompany:
    def found(self, **replaced):
        wanted = {"name": "Pine", "slug": "pine", "admin_name": "Pia", "admin_email": "Pia@Example.com", "by": None}
        return services.found_company(**wanted | replaced)

    def test_makes_a_company_with_its_admin_and_its_root_unit(self, db):
        company = self.found(time_zone="Asia/Urumqi")
        with company_scope(company):
            admin = Membership.objects.get()
            assert (admin.role, admin.user.email, company.time_zone) == (Role.ADMIN, "pia@example.com", "Asia/Urumqi")
            assert not admin.user.has_usable_password()
            assert Unit.objects.get().kind == Unit.Kind.COMPANY
            assert actions() == ["accounts.company.founded", "accounts.membership.added", "teams.unit.added"]

    def test_takes_the_account_that_the_admin_has_already(self, cast):
        company = self.found(admin_email="ASHA@example.com", admin_name="somebody else")
        with company_scope(company):
            assert Membership.objects.get().user == cast.asha.user

    @pytest.mark.parametrize(
        ("slug", "code"),
        [
            ("lantern", "slug_taken"),
            ("accounts", "slug_reserved"),
            ("Pine", "slug_bad"),
            ("p", "slug_bad"),
            ("a" * 41, "slug_bad"),
            ("pine\n", "slug_bad"),
        ],
    )
    def test_refuses_an_address_that_cannot_be_one(self, cast, slug, code):
        with pytest.raises(services.CompanyRefused) as refusal:
            self.found(slug=slug)
        assert refusal.value.code == code
        assert Company.objects.count() == 2
        assert not User.objects.filter(email="pia@example.com").exists()

    def test_leaves_no_company_behind_when_the_admin_has_no_address(self, db):
        with pytest.raises(services.UserRefused):
            self.found(admin_email=None, admin_phone="not a number")
        assert not Company.objects.exists()


class TestCreateCompanyCommand:
    def test_prints_a_link_that_sets_the_password_once(self, db, client, capsys):
        call_command("create_company", "Pine", "pine", "--admin-name=Pia", "--admin-phone=138 0013 8000")
        link = capsys.readouterr().out.split()[-1].removeprefix("http://localhost:8000")
        form = client.get(link, follow=True)
        chosen = {"password1": "maple-harbour-19", "password2": "maple-harbour-19"}
        client.post(form.redirect_chain[-1][0], chosen)
        assert User.objects.get(phone="+8613800138000").check_password("maple-harbour-19")
        assert client.get(link).context["token_fail"]

    def test_says_what_is_wrong(self, cast):
        with pytest.raises(CommandError, match="Another company"):
            call_command("create_company", "X", "lantern", "--admin-name=Pia", "--admin-phone=13800138000")


class TestChangeCompany:
    def test_records_only_what_differs(self, inside):
        changed = services.change_company(company=inside.lantern, name="Lantern Ltd.", currency="USD", by=inside.amir.user)
        assert changed == ["currency"]
        entry = AuditEntry.objects.get()
        assert (entry.before, entry.after, entry.by) == ({"currency": "CNY"}, {"currency": "USD"}, inside.amir.user)

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("time_zone", "Mars/Base", "time_zone_unknown"),
            ("country", "XX", "country_unknown"),
            ("currency", "yuan", "currency_bad"),
            ("working_weekdays", [], "weekdays_bad"),
            ("working_weekdays", [0], "weekdays_bad"),
            ("fiscal_year_starts_in", 13, "month_bad"),
            ("span_of_control_to", 4, "span_bad"),
        ],
    )
    def test_refuses_what_would_break_pages_later(self, inside, name, value, code):
        with pytest.raises(services.CompanyRefused) as refusal:
            services.change_company(company=inside.lantern, by=inside.amir.user, **{name: value})
        assert refusal.value.code == code
        assert getattr(Company.objects.get(pk=inside.lantern.pk), name) == getattr(inside.lantern, name)
        assert actions() == []


class TestLastAdmin:
    @pytest.mark.parametrize("leave", [services.deactivate_member, lambda **k: services.change_role(role=Role.HR, **k)])
    def test_cannot_go(self, inside, leave):
        with pytest.raises(services.MemberRefused) as refusal:
            leave(membership=inside.amir.membership, by=inside.amir.user)
        assert refusal.value.code == "last_admin"
        kept = Membership.objects.get(pk=inside.amir.membership.pk)
        assert (kept.role, kept.is_active) == (Role.ADMIN, True)
        assert actions() == []

    def test_may_go_once_there_is_another(self, inside):
        services.change_role(membership=inside.hana.membership, role=Role.ADMIN, by=inside.amir.user)
        services.deactivate_member(membership=inside.amir.membership, by=inside.hana.user)
        assert not Membership.objects.get(pk=inside.amir.membership.pk).is_active
        assert actions() == ["accounts.membership.role_changed", "accounts.membership.deactivated"]


class TestInvitations:
    def invite(self, cast, **replaced):
        wanted = {"name": "Nia", "email": "Nia@example.com", "role": Role.REP, "now": NOW, "by": cast.amir.user}
        return services.invite(**wanted | replaced)

    def test_keep_only_the_hash_of_the_secret(self, inside):
        invitation, token = self.invite(inside)
        assert token not in str(Invitation.objects.filter(pk=invitation.pk).values().get())
        assert len(token) >= 32

    def test_let_a_user_in_once(self, inside):
        invitation, _token = self.invite(inside)
        nia = services.add_user(name="Nia", email="nia@example.com", password="x")
        membership = services.accept_invitation(invitation=invitation, user=nia, now=NOW + DAY)
        assert (membership.role, membership.user) == (Role.REP, nia)
        with pytest.raises(services.InvitationRefused) as refusal:
            services.accept_invitation(invitation=invitation, user=inside.chandra.user, now=NOW + DAY)
        assert refusal.value.code == "used"
        assert not Membership.objects.filter(user=inside.chandra.user).exists()

    def test_expire(self, inside):
        invitation, _token = self.invite(inside)
        with pytest.raises(services.InvitationRefused) as refusal:
            services.accept_invitation(invitation=invitation, user=inside.chandra.user, now=NOW + 14 * DAY)
        assert refusal.value.code == "expired"
        assert not Membership.objects.filter(user=inside.chandra.user).exists()

    def test_are_replaced_by_a_newer_one_to_the_same_address(self, inside):
        first, _token = self.invite(inside)
        second, _token = self.invite(inside)
        first.refresh_from_db()
        assert first.withdrawn_at == NOW
        assert second.withdrawn_at is None
        with pytest.raises(services.InvitationRefused) as refusal:
            services.accept_invitation(invitation=first, user=inside.chandra.user, now=NOW)
        assert refusal.value.code == "withdrawn"

    def test_are_refused_for_a_member_and_without_an_address(self, inside):
        with pytest.raises(services.InvitationRefused):
            self.invite(inside, email="asha@example.com")
        with pytest.raises(services.UserRefused):
            self.invite(inside, email="")
        assert not Invitation.objects.exists()

    def test_let_a_former_member_in_again(self, inside):
        services.deactivate_member(membership=inside.asha.membership, by=inside.amir.user)
        invitation, _token = self.invite(inside, email="asha@example.com", role=Role.MANAGER)
        membership = services.accept_invitation(invitation=invitation, user=inside.asha.user, now=NOW)
        assert (membership, membership.role, membership.is_active) == (inside.asha.membership, Role.MANAGER, True)


class TestChangeSignIn:
    def change(self, inside, **addresses):
        return services.change_sign_in(membership=inside.asha.membership, by=inside.amir.user, **addresses)

    def test_corrects_the_address_and_leaves_the_password(self, inside):
        user = User.objects.get(pk=inside.asha.user.pk)
        user.set_password("maple-harbour-19")
        user.save()
        assert self.change(inside, email=" Asha.N@Example.com", phone="138 0013 8000") == ["email", "phone"]
        user = User.objects.get(pk=user.pk)
        assert (user.email, user.phone) == ("asha.n@example.com", "+8613800138000")
        assert user.check_password("maple-harbour-19")
        entry = AuditEntry.objects.get(action="accounts.membership.sign_in_changed")
        assert (entry.by, entry.after) == (inside.amir.user, {"email": "•••", "phone": "•••"})

    def test_the_same_address_again_is_no_change(self, inside):
        assert self.change(inside, email="ASHA@example.com") == []
        assert actions() == []

    @pytest.mark.parametrize(
        ("addresses", "code"),
        [
            ({"email": "Ada@Example.com"}, "taken"),
            ({"phone": "12"}, "bad_phone"),
            ({"email": " "}, "no_address"),
        ],
    )
    def test_refuses_what_nobody_could_sign_in_with_and_keeps_the_old_one(self, inside, addresses, code):
        with pytest.raises(services.UserRefused) as refusal:
            self.change(inside, **addresses)
        assert refusal.value.code == code
        assert User.objects.get(pk=inside.asha.user.pk).email == "asha@example.com"
        assert actions() == []

    def test_is_refused_for_who_works_elsewhere_too_and_for_operators(self, inside):
        with company_scope(inside.rival):
            Membership.objects.create(user=inside.asha.user, role=Role.REP)
        User.objects.filter(pk=inside.ada.user.pk).update(is_staff=True)
        for member in (inside.asha, inside.ada):
            with pytest.raises(services.MemberRefused) as refusal:
                services.change_sign_in(membership=member.membership, email="mine@example.com", by=inside.amir.user)
            assert refusal.value.code == "address_not_only_here"
        assert not User.objects.filter(email="mine@example.com").exists()


class TestPasswordLink:
    def test_sets_a_new_password_and_is_recorded(self, inside, client):
        path = services.issue_password_link(membership=inside.asha.membership, by=inside.amir.user)
        form = client.get(path, follow=True)
        client.post(form.redirect_chain[-1][0], {"password1": "maple-harbour-19", "password2": "maple-harbour-19"})
        assert User.objects.get(pk=inside.asha.user.pk).check_password("maple-harbour-19")
        assert actions() == ["accounts.membership.password_link_issued"]

    def test_is_refused_for_who_works_elsewhere_too(self, inside):
        with company_scope(inside.rival):
            Membership.objects.create(user=inside.asha.user, role=Role.REP)
        with pytest.raises(services.MemberRefused) as refusal:
            services.issue_password_link(membership=inside.asha.membership, by=inside.amir.user)
        assert refusal.value.code == "not_only_here"
        assert actions() == []

    def test_is_refused_for_operators_and_the_deactivated(self, inside):
        User.objects.filter(pk=inside.asha.user.pk).update(is_staff=True)
        Membership.objects.filter(pk=inside.ada.membership.pk).update(is_active=False)
        for member in (inside.asha, inside.ada):
            with pytest.raises(services.MemberRefused):
                services.issue_password_link(membership=member.membership, by=inside.amir.user)
