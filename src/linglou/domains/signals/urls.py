from django.urls import path

from linglou.domains.signals import views

app_name = "signals"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<int:signal_id>/", views.detail, name="detail"),
    path("<int:signal_id>/handle/", views.handle, name="handle"),
    path("<int:signal_id>/settle/", views.settle, name="settle"),
]
