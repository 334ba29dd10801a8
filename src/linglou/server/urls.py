"""What machines ask."""

from django.urls import path

from linglou.server import views

app_name = "server"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
]
