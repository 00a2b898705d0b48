from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "targets"

    def ready(self):
        from credits.closing_checks import add_closing_check
        from targets import receivers  # noqa: F401 - connects them
        from targets.queries.closings import find_before_closing

        add_closing_check(find_before_closing)
