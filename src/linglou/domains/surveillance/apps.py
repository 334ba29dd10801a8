from django.apps import AppConfig


class SurveillanceConfig(AppConfig):
    name = "linglou.domains.surveillance"
    label = "surveillance"
