from django.urls import path

from linglou.domains.command.levels import views

urlpatterns = [
    path("", views.level, name="level"),
    path("switch/", views.switch, name="switch"),
    path("changes/<int:change_id>/undo/", views.undo, name="undo"),
    path("levels/<str:level>/", views.profile, name="profile"),
]
