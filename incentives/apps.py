from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    name = "incentives"

    def ready(self):
        from incentives import receivers  # noqa: F401 - importing connects them
        from incentives.cards import honours_card
        from teams.cards import add_person_card

        add_person_card(honours_card, position=80)
