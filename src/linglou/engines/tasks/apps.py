from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "linglou.engines.tasks"
    label = "tasks"
