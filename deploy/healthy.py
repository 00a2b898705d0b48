"""
Whether a process of the production set is well: `healthy.py web|worker|beat` ends with 0 if so.

Run by the containers' health checks. Web must answer with the sign-in page, a worker must answer a ping that goes
through Valkey and its own queue loop, and beat must hold the lock that only the running one renews.
"""

import os
import socket
import subprocess
import sys
import urllib.request


def web():
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".*") or "localhost"
    request = urllib.request.Request(
        "http://127.0.0.1:8000/accounts/login/",
        headers={"Host": host, "X-Forwarded-Proto": "https"},
    )
    with urllib.request.urlopen(request, timeout=8) as answer:
        return answer.status == 200


def worker():
    ping = ["celery", "-A", "salesforce_mgmt", "inspect", "ping", "--timeout", "5", "-d", f"celery@{socket.gethostname()}"]
    return subprocess.run(ping, capture_output=True, check=False).returncode == 0


def beat():
    import redis

    return bool(redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5).exists("redbeat::lock"))


if __name__ == "__main__":
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
