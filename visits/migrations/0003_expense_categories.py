from django.db import migrations

CATEGORIES = ("差旅交通", "客户招待", "样品物料", "市场活动", "其他")


def give_categories(apps, schema_editor):
    """Companies that were there before expenses could be claimed get what new ones begin with."""
    # Of the role that migrates: no company is active, and every other role would see none.
    categories = apps.get_model("visits", "ExpenseCategory").objects.using(schema_editor.connection.alias)
    for company in apps.get_model("accounts", "Company").objects.using(schema_editor.connection.alias):
        if not categories.filter(company=company).exists():
            for position, name in enumerate(CATEGORIES, start=1):
                categories.create(company=company, name=name, position=position)


class Migration(migrations.Migration):

    dependencies = [
        ("visits", "0002_expenses"),
    ]

    operations = [migrations.RunPython(give_categories, migrations.RunPython.noop)]
