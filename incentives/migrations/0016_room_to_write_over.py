"""
Leave room on every page of statements and their lines for what is written over them.

A month's drafts are written anew whenever anything they follow from has changed. Where the new row fits on the page of the old
one, no index needs to know of it, and the next time the room of the old one is used again.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incentives", "0015_read_by_the_margin_of_a_deal")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE incentives_statement SET (fillfactor = 45)", "ALTER TABLE incentives_statement RESET (fillfactor)"
        ),
        migrations.RunSQL(
            "ALTER TABLE incentives_statementline SET (fillfactor = 45)", "ALTER TABLE incentives_statementline RESET (fillfactor)"
        ),
    ]
