from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self):
        # Whoever asks for a job must know its kind, in the web process as well as in the worker.
        autodiscover_modules("tasks")
