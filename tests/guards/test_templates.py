"""Templates only draw: they ask the database nothing, and know every name that they use."""

import pytest
from django.template import Context, engines

from accounts.models import Company
from tests.guards.matrix import MATRIX
from tests.guards.rendering import watched
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.test_routes import ask
from tests.guards.world import ROLES

PAGES = sorted(name for name, row in MATRIX.items() if row.get and 200 in row.get)


@pytest.mark.parametrize("name", PAGES)
def test_draws_a_page_without_asking_or_guessing(world, name):
    row = MATRIX[name]
    with watched() as watch:
        for (_role, who), status in zip(ROLES.items(), row.get, strict=True):
            if status == 200:
                ask(world.clients[who], "get", address(name, world, row))
    asking = [f"{template} asks {statement}" for template, statement in watch.queries]
    guessing = [f"{template} does not know {expression}" for template, expression in watch.unknown]
    nothing(sorted(asking + guessing))


class TestTheGuard:
    @pytest.fixture
    def planted(self, tmp_path, settings):
        """Draw a text as if it were a template of ours."""
        settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]

        def draw(text, **context):
            (tmp_path / "page.html").write_text(text)
            template = engines["django"].engine.get_template("page.html")
            with watched() as watch:
                template.render(Context(context))
            return watch

        return draw

    def test_sees_a_template_that_asks_the_database(self, world, planted):
        watch = planted("{% for row in rows %}{{ row }}{% endfor %}", rows=Company.objects.all())
        assert [template for template, _sql in watch.queries] == ["page.html"]
        assert not planted("{% for row in rows %}{{ row }}{% endfor %}", rows=list(Company.objects.all())).queries

    def test_sees_a_name_that_nobody_gave(self, world, planted):
        assert planted("{{ known }}{{ unknown.name }}", known=1).unknown == {("page.html", "unknown.name")}

    def test_lets_a_template_say_what_to_do_without_a_value(self, world, planted):
        assert not planted('{{ unknown|default:"–" }}{% if unknown %}{{ unknown }}{% endif %}').unknown
