from django.urls import path

from linglou.domains.surveillance import views

app_name = "surveillance"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<int:alert_id>/", views.detail, name="detail"),
    path("<int:alert_id>/handle/", views.handle, name="handle"),
    path("<int:alert_id>/settle/", views.settle, name="settle"),
    path("events/", views.events, name="events"),
    path("events/new/", views.new_event, name="new_event"),
    path("events/<int:event_id>/", views.event, name="event"),
    path("events/<int:event_id>/people/", views.add_people, name="add_people"),
    path("events/<int:event_id>/withdraw/", views.withdraw_event, name="withdraw_event"),
]
