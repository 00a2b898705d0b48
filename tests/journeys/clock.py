"""
`python -m tests.journeys.clock 2026-03-18T02:00:00+00:00 <module> [arguments…]`: a program that lives on another day.

The stories happen on one fixed day, so that no holiday and no end of a month gets in their way.
"""

import runpy
import sys
from datetime import datetime

import time_machine

if __name__ == "__main__":
    moment, module, *arguments = sys.argv[1:]
    time_machine.travel(datetime.fromisoformat(moment)).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
