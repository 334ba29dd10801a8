from django.urls import path

from linglou.domains.movement.views import areas

app_name = "movement"
urlpatterns = [
    path("risk-areas/", areas.listing, name="risk_areas"),
    path("risk-areas/<int:region_id>/withdraw/", areas.withdraw, name="withdraw_area"),
    path("risk-areas/import/", areas.upload, name="upload_areas"),
    path("risk-areas/import/template/", areas.template, name="area_template"),
    path("risk-areas/import/<int:area_import_id>/", areas.one_import, name="area_import"),
    path("risk-areas/import/<int:area_import_id>/apply/", areas.apply_import, name="apply_areas"),
    path("risk-areas/import/<int:area_import_id>/errors/", areas.import_errors, name="area_errors"),
]
