from django.urls import path

from linglou.domains.movement.views import areas, checks, gates, mine, picture, screening, stays

app_name = "movement"
urlpatterns = [
    path("", picture.overview, name="overview"),
    path("ask/", picture.ask, name="ask"),
    path("units/<int:unit_id>/", picture.people, name="people"),
    path("units/<int:unit_id>/gates/", gates.listing, name="gates"),
    path("mine/", mine.mine, name="mine"),
    path("people/<int:person_id>/", mine.person, name="person"),
    path("people/<int:person_id>/tell/", mine.tell_for, name="tell_for"),
    path("checks/", checks.listing, name="checks"),
    path("checks/<int:call_id>/", checks.record, name="record_check"),
    path("screening/", screening.listing, name="screening"),
    path("screening/<int:screening_id>/", screening.one, name="screened"),
    path("risk-areas/", areas.listing, name="risk_areas"),
    path("risk-areas/<int:region_id>/withdraw/", areas.withdraw, name="withdraw_area"),
    path("risk-areas/import/", areas.upload, name="upload_areas"),
    path("risk-areas/import/template/", areas.template, name="area_template"),
    path("risk-areas/import/<int:area_import_id>/", areas.one_import, name="area_import"),
    path("risk-areas/import/<int:area_import_id>/apply/", areas.apply_import, name="apply_areas"),
    path("risk-areas/import/<int:area_import_id>/errors/", areas.import_errors, name="area_errors"),
    path("stays/", stays.listing, name="stays"),
    path("stays/template/<str:stay_kind>/", stays.template, name="stay_template"),
    path("stays/imports/<int:stay_import_id>/", stays.one, name="stay_import"),
    path("stays/imports/<int:stay_import_id>/apply/", stays.apply, name="apply_stays"),
    path("stays/imports/<int:stay_import_id>/discard/", stays.discard, name="discard_stays"),
    path("stays/imports/<int:stay_import_id>/errors/", stays.errors, name="stay_errors"),
    path("stays/<int:person_id>/", stays.person, name="stays_of"),
]
