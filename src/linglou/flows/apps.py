from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "linglou.flows"
    label = "flows"
