from django.urls import URLPattern

app_name = "server"
urlpatterns: list[URLPattern] = []
