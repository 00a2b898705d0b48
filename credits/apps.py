from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "credits"

    def ready(self):
        from credits import receivers  # noqa: F401 - connects them
        from credits.closing_checks import add_closing_check
        from credits.queries.closings import find_before_closing

        add_closing_check(find_before_closing)
