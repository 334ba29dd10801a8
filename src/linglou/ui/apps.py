from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "linglou.ui"
    label = "ui"
