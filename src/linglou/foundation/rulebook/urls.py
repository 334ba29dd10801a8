from django.urls import path

from linglou.foundation.rulebook import views

app_name = "rulebook"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("risk-regions/<int:region_id>/withdraw/", views.withdraw, name="withdraw"),
]
