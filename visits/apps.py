from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self):
        from visits import (
            receivers,  # noqa: F401 - importing connects them
            timeline,  # noqa: F401 - registers what visits tell of customers
        )
