from django.apps import AppConfig


class MovementConfig(AppConfig):
    name = "linglou.domains.movement"
    label = "movement"
