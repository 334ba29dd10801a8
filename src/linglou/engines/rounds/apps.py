from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "linglou.engines.rounds"
    label = "rounds"
