"""Who may sign in, in exactly one role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here. One person has one role, so that maker and checker are different people."""

    FINANCE_OFFICER = "FINANCE_OFFICER", _("finance officer")
    FINANCE_APPROVER = "FINANCE_APPROVER", _("finance approver")
    LIAISON = "LIAISON", _("community liaison")
    AUDITOR = "AUDITOR", _("auditor")
    ADMINISTRATOR = "ADMINISTRATOR", _("administrator")


OFFICE_ROLES = frozenset({Role.FINANCE_OFFICER, Role.FINANCE_APPROVER, Role.AUDITOR, Role.ADMINISTRATOR})
BOOK_READERS = frozenset({Role.FINANCE_OFFICER, Role.FINANCE_APPROVER, Role.AUDITOR})


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> User:
        """Create the first administrator. Nobody is above the roles: this is the ordinary administrator."""
        fields["role"] = Role.ADMINISTRATOR
        return self.create_user(username, password, **fields)


class User(AbstractBaseUser):
    """A person with one role. There are no superusers: no account is above the rules."""

    username = models.CharField(_("user name"), max_length=60, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    language = models.CharField(_("language"), max_length=2, choices=[("en", "English"), ("km", "ខ្មែរ")], default="en")
    is_active = models.BooleanField(_("may sign in"), default=True)
    must_change_password = models.BooleanField(_("must choose a new password"), default=False)
    # Raised to sign every device of this person out: it is part of the session's hash.
    access_epoch = models.PositiveIntegerField(_("access epoch"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_is_known")]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def is_staff(self) -> bool:
        """Whether the office pages (the admin) are this person's."""
        return self.role in OFFICE_ROLES

    @property
    def may_read_books(self) -> bool:
        """Whether sales, ledger, payments and evidence of every project may be read."""
        return self.is_active and self.role in BOOK_READERS

    # Django's admin asks these; each admin class decides by role, so the default is no.
    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        return self.is_active and self.role in BOOK_READERS and ".view_" in perm

    def has_perms(self, perms: list[str], obj: object | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}{self.access_epoch}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        # After a change of the secret key: without the epoch nobody's older session would be known.
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}{self.access_epoch}"

    def get_full_name(self) -> str:
        return self.full_name
