from django.urls import path

from linglou.ui import views

app_name = "ui"
urlpatterns = [
    path("gallery/", views.gallery, name="gallery"),
    path("language/", views.language, name="language"),
]
