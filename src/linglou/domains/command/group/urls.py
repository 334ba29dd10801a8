from django.urls import path

from linglou.domains.command.group import views

urlpatterns = [
    path("", views.group, name="group"),
    path("sheet/", views.sheet, name="sheet"),
    path("members/<int:member_id>/", views.member, name="member"),
    path("members/<int:member_id>/end/", views.end_member, name="end_member"),
    path("assign/", views.assign, name="assign"),
    path("responsibilities/<int:responsibility_id>/end/", views.relieve, name="relieve"),
    path("areas/", views.add_area, name="add_area"),
    path("areas/<int:area_id>/close/", views.close_area, name="close_area"),
]
