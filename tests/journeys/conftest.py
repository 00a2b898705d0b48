from tests.journeys.fixtures import browser, stage, visitors

__all__ = ["browser", "stage", "visitors"]
