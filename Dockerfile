# One image for all processes; docker-compose.yml sets the command of each container.
FROM python:3.11-slim AS build
COPY requirements.lock /src/
RUN python -m venv /opt/trialmatch \
 && /opt/trialmatch/bin/pip install --no-cache-dir --require-hashes --no-deps -r /src/requirements.lock
COPY . /src
RUN /opt/trialmatch/bin/pip install --no-cache-dir "setuptools>=77" wheel \
 && /opt/trialmatch/bin/pip install --no-cache-dir --no-deps --no-build-isolation /src \
 && /opt/trialmatch/bin/pip uninstall --yes setuptools wheel

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data trialmatch && install -d -o trialmatch -m 0700 /data
COPY --from=build /opt/trialmatch /opt/trialmatch
ENV PATH=/opt/trialmatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TRIALMATCH_DATA_DIR=/data \
    TRIALMATCH_HOST=0.0.0.0
USER trialmatch
WORKDIR /data
VOLUME /data
EXPOSE 8000
CMD ["trialmatch", "web"]
