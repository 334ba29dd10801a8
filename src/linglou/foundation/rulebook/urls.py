from django.urls import path

from linglou.foundation.rulebook.views import reading, regions

app_name = "rulebook"
urlpatterns = [
    path("", regions.rules, name="rules"),
    path("risk-regions/<int:region_id>/withdraw/", regions.withdraw, name="withdraw"),
    path("diseases/", reading.diseases, name="diseases"),
    path("diseases/<slug:slug>/", reading.disease, name="disease"),
    path("school/", reading.school, name="school"),
]
