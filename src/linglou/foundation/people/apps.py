from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "linglou.foundation.people"
    label = "people"
