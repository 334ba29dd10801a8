from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "linglou.domains.cases"
    label = "cases"
