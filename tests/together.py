"""Several people at the same moment. Stories with it begin with the fixture `committed`, and hold no transaction of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

from django.db import connection

from common.refusals import Refusal
from common.tenancy import company_scope


def at_once(company, *acts, then_rests=0.2):
    """
    Run acts at the same moment, each in a thread and a transaction of its own; return what each gave, a refusal by its code.

    :param then_rests: seconds that each takes before it commits, as the rest of a request may.
    """
    there = Barrier(len(acts))

    def run(act):
        try:
            with company_scope(company):
                there.wait(timeout=60)
                done = act()
                sleep(then_rests)
                return done
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
