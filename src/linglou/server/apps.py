from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "linglou.server"
    label = "server"
