from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "linglou.boards"
    label = "boards"
