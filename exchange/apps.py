from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self):
        from credits.closing_checks import add_closing_check
        from exchange.queries import find_before_closing

        add_closing_check(find_before_closing)
