from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    name = "incentives"

    def ready(self):
        from deals.cards import add_deal_card
        from incentives import receivers  # noqa: F401 - importing connects them
        from incentives.cards import ahead_card, cases_card, deal_card, honours_card
        from teams.cards import add_person_card

        add_person_card(honours_card, position=80)
        add_person_card(ahead_card, position=85)
        add_person_card(cases_card, position=90)
        add_deal_card(deal_card)
