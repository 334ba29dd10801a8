from django.urls import URLPattern, URLResolver, include, path

from linglou.domains.care.views import deliveries, listing, mine, needs, plan, rooms

app_name = "care"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.listing, name="list"),
    path("mine/", mine.mine, name="mine"),
    path("needs/<int:need_id>/", needs.need, name="need"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/today/", deliveries.page, name="deliveries"),
    path("rooms/today.xlsx", deliveries.sheet, name="deliveries_sheet"),
    path("rooms/sites/<int:site_id>/", rooms.add_rooms, name="add_rooms"),
    path("rooms/<int:room_id>/beds/", rooms.change_beds, name="change_beds"),
    path("<int:plan_id>/", plan.plan, name="plan"),
    path("<int:plan_id>/log/", plan.log, name="log"),
    path("<int:plan_id>/place/", plan.place, name="place"),
    path("<int:plan_id>/people/", plan.people, name="people"),
    path("<int:plan_id>/arrange/", plan.arrange, name="arrange"),
    path("<int:plan_id>/needs/", plan.need, name="raise_need"),
    path("<int:plan_id>/close/", plan.close, name="close"),
    path("<int:plan_id>/observations/<int:observation_id>/extend/", plan.extend, name="extend"),
    path("<int:plan_id>/observations/<int:observation_id>/release/", plan.release, name="release"),
    path("<int:plan_id>/observations/<int:observation_id>/resume/", plan.resume, name="resume"),
    path("", include("linglou.domains.care.certificates.urls")),
    path("", include("linglou.domains.care.absences.urls")),
    path("", include("linglou.domains.care.counselling.urls")),
]
