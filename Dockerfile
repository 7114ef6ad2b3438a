# docker build -t antiphon . ; how to run it: docs/how-to/docker.md

# --- build: the same step 0 and the same steps as on a machine, into one wheel -------------------------------------------
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make ca-certificates python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# What changes seldom goes first, so that a change of ours does not compile the crypto library again.
COPY Makefile pyproject.toml LICENSE ./
COPY tools tools
COPY requirements requirements
RUN sh tools/step0.sh demo && make packages
COPY . .
RUN make wheel

# --- run: an interpreter, the locked packages, the wheel -----------------------------------------------------------------
FROM python:3.13-slim-bookworm
COPY requirements/runtime.txt /tmp/
RUN pip install --no-cache-dir --require-hashes -r /tmp/runtime.txt
COPY --from=build /src/dist/*.whl /tmp/
RUN pip install --no-cache-dir --no-deps /tmp/*.whl && rm /tmp/*.whl /tmp/runtime.txt \
 && useradd --system --home-dir /data --shell /usr/sbin/nologin antiphon \
 && install -d -o antiphon -g antiphon /data
USER antiphon
WORKDIR /data
VOLUME /data
# Beyond loopback the server refuses to start without ANTIPHON_KEY; callers need ANTIPHON_PUBLIC_ADDRESS to find the UDP port.
ENV ANTIPHON_HTTP=0.0.0.0:8080 ANTIPHON_UDP=0.0.0.0:8080 ANTIPHON_DATA=/data ANTIPHON_AGENTS=/data/agents PYTHONUNBUFFERED=1
EXPOSE 8080/tcp 8080/udp
# Calls in progress are ended and written down.
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=30s --interval=15s --timeout=3s --retries=2 CMD ["antiphon", "ready"]
CMD ["antiphon", "serve"]
