"""Sign-in, the own password, and the first page."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from core.people import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("digits/", views.choose_digits, name="digits"),
    path("password/", views.password, name="password"),
    # One sign-in page for everybody: the admin's own ones lead here.
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),
]
