"""The addresses of the example project."""

from django.contrib.auth import views
from django.urls import path

from signup.views import careless_signup, signup

urlpatterns = [
    path("signup/", signup),
    path("careless/", careless_signup),
    path("reset/", views.PasswordResetView.as_view()),
    path("reset/done/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
]
