# One image for the service, the worker and the migration; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm

WORKDIR /opt/stadtwissen
ENV LANG=C.UTF-8 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    OMP_NUM_THREADS=1 \
    PATH=/opt/stadtwissen/.venv/bin:$PATH \
    STADTWISSEN_DATA_DIR=/var/lib/stadtwissen \
    STADTWISSEN_HOST=0.0.0.0

# The same script as `make` and the tests use. The Debian packages change rarely: a layer of their own.
COPY scripts/install.sh scripts/install.sh
RUN scripts/install.sh system && rm -rf /var/lib/apt/lists/*

# Where PyTorch's CPU build comes from, for networks that have a mirror of their own.
ARG STADTWISSEN_TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY . .
RUN scripts/install.sh python web && rm -rf build

RUN useradd --system --uid 10001 --home-dir /var/lib/stadtwissen --create-home stadtwissen
USER stadtwissen
VOLUME /var/lib/stadtwissen
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]

CMD ["stadtwissen", "serve"]
