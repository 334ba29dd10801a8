from django.urls import path

from linglou.domains.care.counselling.views import centre, own

urlpatterns = [
    path("wellbeing/", own.wellbeing, name="wellbeing"),
    path("wellbeing/done/", own.done, name="wellbeing_done"),
    path("wellbeing/<slug:instrument>/", own.fill, name="fill_questionnaire"),
    path("counselling/", centre.listing, name="counselling"),
    path("counselling/urgent/<int:assessment_id>/", centre.urgent, name="counselling_urgent"),
    path("counselling/people/<int:person_id>/", centre.person, name="counselled"),
    path("counselling/people/<int:person_id>/notes/", centre.note, name="counselling_note"),
    path("counselling/people/<int:person_id>/answer/", centre.answer, name="counselling_answer"),
    path("counselling/people/<int:person_id>/<slug:instrument>/", centre.assess, name="counselling_assess"),
]
