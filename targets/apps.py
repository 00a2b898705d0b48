from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "targets"

    def ready(self):
        from targets import receivers  # noqa: F401 - connects them
