from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "targets"

    def ready(self):
        from credits.closing_checks import add_closing_check
        from targets import receivers  # noqa: F401 - connects them
        from targets.queries.closings import find_before_closing
        from targets.views.actions import person_card
        from teams.cards import add_person_card

        add_person_card(person_card, position=60)
        add_closing_check(find_before_closing)
