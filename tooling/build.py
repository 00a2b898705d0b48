"""
What is made from the sources before the product can serve: catalogues, static files, tables.

`python -m tooling.build` makes what needs no server; the production image is built with it.
"""

import hashlib
import os
import secrets
import subprocess
import sys

from tooling.install import ASSETS, PYTHON, REQUIREMENTS
from tooling.services import CLONE, local_folder
from tooling.speech import SetUpFailed, fail, say
from tooling.stamps import fingerprint, when_changed

#: Parts of the npm packages that no page loads: collecting and compressing them takes most of the time.
NEVER_SERVED = (
    "*.map", "*.scss", "*.ts", "*.rtl.*", "*.rtl", "libs", "payments", "social",
    "tabler.css", "tabler.js", "tabler.esm.js", "tabler-marketing*", "tabler-payments*", "tabler-socials*",
    "tabler-icons.css", "tabler-icons*.html", "tabler-icons-[23]00*", "tabler-icons*.ttf", "tabler-icons*.woff",
    "echarts.js", "echarts.esm.js", "echarts.common*", "echarts.simple*", "echarts*.mjs",
    "tabulator.js", "tabulator_esm.js", "tabulator*.mjs", "htmx.js", "htmx.amd.js", "htmx.cjs.js", "htmx.esm.js",
)  # fmt: skip


def compile_catalogues(env, *, stamps):
    catalogues = sorted(CLONE.glob("*/locale/*/LC_MESSAGES/*.po"))
    made = [path.with_suffix(".mo") for path in catalogues]
    with when_changed(stamps / "catalogues", fingerprint(*catalogues), made=made) as needed:
        if needed:
            say("Compiling translations …")
            manage("messages", "--compile", env=env, capture=True)


def collect_static(env, *, stamps):
    own = sorted(path for path in CLONE.glob("*/static") if path.is_dir())
    wanted = fingerprint(
        CLONE / "static", *own, *ASSETS, *REQUIREMENTS, CLONE / "salesforce_mgmt" / "settings.py", *NEVER_SERVED
    )
    with when_changed(stamps / "static", wanted, made=[CLONE / "staticfiles"]) as needed:
        if needed:
            say("Collecting static files …")
            ignored = [word for pattern in NEVER_SERVED for word in ("--ignore", pattern)]
            manage("collectstatic", "--noinput", "--verbosity", "0", *ignored, env=env)


def migrate(env, *, stamps, embedded):
    """Bring the tables up to date. A server that is not ours is asked every time: our stamp knows nothing of it."""
    apps = sorted(marker.parent for marker in CLONE.glob("*/apps.py"))
    code = [file for app in apps for file in sorted(app.rglob("*.py"))]
    stamp = stamps / f"migrated-{_name_of(env)}"
    if not embedded:
        stamp.unlink(missing_ok=True)
    with when_changed(stamp, fingerprint(*code, *REQUIREMENTS)) as needed:
        if needed:
            say("Bringing the tables up to date …")
            manage("migrate", "--verbosity", "0", env=env)


def seed(env, *, stamps):
    """
    Fill the demo company on the first run and return whether it was one; a sign-in per role has then been printed.

    The command changes nothing where the company is there already.
    """
    with when_changed(stamps / f"seeded-{_name_of(env)}", "seeded") as needed:
        if needed:
            say("Making the demo company: 120 people, 400 working days. This takes about three minutes, once …")
            manage("seed_demo", env=env)
    return needed


def manage(*arguments, env, capture=False):
    """Run `manage.py` and return what it said, if asked to."""
    done = subprocess.run(
        [PYTHON, CLONE / "manage.py", *arguments],
        cwd=CLONE,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SetUpFailed(f"manage.py {arguments[0]} failed (exit code {done.returncode}); what it said stands above.")
    return done.stdout


def _name_of(env):
    return hashlib.sha256(env["DATABASE_URL"].encode()).hexdigest()[:12]


def main():
    stamps = local_folder("stamps")
    env = {"DATABASE_URL": "postgres:///none", "SECRET_KEY": secrets.token_urlsafe(50)} | os.environ  # asked for, never used
    try:
        compile_catalogues(env, stamps=stamps)
        collect_static(env, stamps=stamps)
    except SetUpFailed as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
