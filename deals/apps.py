from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "deals"

    def ready(self):
        from deals import timeline  # noqa: F401 - registers what deals tell of customers
