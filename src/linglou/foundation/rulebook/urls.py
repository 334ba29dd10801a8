from django.urls import path

from linglou.foundation.rulebook.views import own, reading, triage

app_name = "rulebook"
urlpatterns = [
    path("", triage.rules, name="rules"),
    path("diseases/", reading.diseases, name="diseases"),
    path("diseases/<slug:slug>/", reading.disease, name="disease"),
    path("school/", reading.school, name="school"),
    path("own/", own.own, name="own"),
    path("own/<int:own_id>/withdraw/", own.withdraw, name="withdraw_own"),
]
