from django.urls import path

from linglou.foundation.rulebook.views import own, reading, terms, triage

app_name = "rulebook"
urlpatterns = [
    path("", triage.rules, name="rules"),
    path("diseases/", reading.diseases, name="diseases"),
    path("diseases/<slug:slug>/", reading.disease, name="disease"),
    path("school/", reading.school, name="school"),
    path("own/", own.own, name="own"),
    path("own/<int:own_id>/withdraw/", own.withdraw, name="withdraw_own"),
    path("terms/", terms.terms, name="terms"),
    path("terms/<int:term_id>/withdraw/", terms.withdraw, name="withdraw_term"),
]
