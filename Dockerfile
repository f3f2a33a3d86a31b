# One target per app, and one each for the two steps before them:
#   docker build --target gateway|catalog|membership|task-worker|converter|audit|migrate|init .
# Where the registry's certificate has an authority of its own: --secret id=registry_ca,src=ca.pem

FROM node:24-bookworm-slim AS base
WORKDIR /app
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps

# What npm reads: the layers with packages are built again only when one of these files changes.
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

# Install scripts are for machines that bring less than this image: nothing that runs here needs one.
FROM base AS packages
COPY --from=manifests /app ./
COPY deploy/npm-ci.sh /usr/local/bin/npm-ci

FROM packages AS build
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=registry_ca npm-ci --include=dev
COPY .swcrc nx.json ./
COPY apps apps
COPY libs libs
COPY deploy/collect-built.mjs deploy/
RUN NX_DAEMON=false NX_TUI=false NX_NO_CLOUD=true npm run build -- --output-style=static

# One layer of packages for all images: nearly all of them are in each app's closure, and a layer that is the same is built,
# pulled and kept once.
FROM packages AS production
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=registry_ca npm-ci --omit=dev

# For each image what was built of the app and of the libraries that it stands on.
FROM production AS gateway-built
RUN --mount=type=bind,from=build,source=/app,target=/build node /build/deploy/collect-built.mjs /built apps/gateway
FROM production AS catalog-built
RUN --mount=type=bind,from=build,source=/app,target=/build node /build/deploy/collect-built.mjs /built apps/catalog
FROM production AS membership-built
RUN --mount=type=bind,from=build,source=/app,target=/build node /build/deploy/collect-built.mjs /built apps/membership
FROM production AS audit-built
RUN --mount=type=bind,from=build,source=/app,target=/build node /build/deploy/collect-built.mjs /built apps/audit
FROM production AS task-worker-built
RUN --mount=type=bind,from=build,source=/app,target=/build node /build/deploy/collect-built.mjs /built apps/task-worker
FROM production AS migrate-built
RUN --mount=type=bind,from=build,source=/app,target=/build \
    node /build/deploy/collect-built.mjs /built apps/catalog apps/membership apps/task-worker apps/audit apps/gateway libs/messaging libs/blobs

FROM base AS app
COPY LICENSE package.json ./
COPY deploy/healthcheck.mjs deploy/
USER node
STOPSIGNAL SIGTERM
LABEL org.opencontainers.image.vendor="Cloud Images" \
      org.opencontainers.image.licenses="Apache-2.0"

FROM app AS service
# Buffers of uploads have pages of their own, and go back with them; what comes from sockets is used again (ADR 26).
ENV CLOUD_IMAGES_LISTEN_HOST=0.0.0.0 \
    CLOUD_IMAGES_LISTEN_PORT=8080 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    MALLOC_TRIM_THRESHOLD_=33554432
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["node", "deploy/healthcheck.mjs"]

FROM service AS gateway
LABEL org.opencontainers.image.title="cloud-images gateway" \
      org.opencontainers.image.description="The public door: identity, routes, image bytes"
COPY --from=production /app/node_modules node_modules
COPY --from=gateway-built /built ./
CMD ["node", "apps/gateway/dist/main.js"]

FROM service AS catalog
LABEL org.opencontainers.image.title="cloud-images catalog" \
      org.opencontainers.image.description="Images: lifecycle, properties, lists"
COPY --from=production /app/node_modules node_modules
COPY --from=catalog-built /built ./
CMD ["node", "apps/catalog/dist/main.js"]

FROM service AS membership
LABEL org.opencontainers.image.title="cloud-images membership" \
      org.opencontainers.image.description="Sharing: members of images and their answers"
COPY --from=production /app/node_modules node_modules
COPY --from=membership-built /built ./
CMD ["node", "apps/membership/dist/main.js"]

FROM service AS task-worker
LABEL org.opencontainers.image.title="cloud-images task-worker" \
      org.opencontainers.image.description="Imports, exports and everything that takes time"
COPY --from=production /app/node_modules node_modules
COPY --from=task-worker-built /built ./
CMD ["node", "apps/task-worker/dist/main.js"]

# Runs a program that reads what people sent: it needs neither a network nor a secret, and has none.
FROM app AS converter
LABEL org.opencontainers.image.title="cloud-images converter" \
      org.opencontainers.image.description="Disk formats, by qemu-img, and compressed data, for the task-worker"
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gzip qemu-utils xz-utils zstd \
 && rm -rf /var/lib/apt/lists/*
USER node
COPY --from=production /app/node_modules node_modules
COPY --from=task-worker-built /built ./
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["node", "deploy/healthcheck.mjs", "--socket"]
CMD ["node", "apps/task-worker/dist/converter-main.js"]

FROM service AS audit
LABEL org.opencontainers.image.title="cloud-images audit" \
      org.opencontainers.image.description="The ledger of all events: history, live feed, proofs"
COPY --from=production /app/node_modules node_modules
COPY --from=audit-built /built ./
CMD ["node", "apps/audit/dist/main.js"]

FROM app AS migrate
LABEL org.opencontainers.image.title="cloud-images migrate" \
      org.opencontainers.image.description="One shot: databases, roles, schemas, topics, bucket"
COPY --from=production /app/node_modules node_modules
COPY --from=migrate-built /built ./
COPY tools tools
COPY deploy deploy
CMD ["node", "deploy/migrate.mjs"]

FROM app AS init
LABEL org.opencontainers.image.title="cloud-images init" \
      org.opencontainers.image.description="One shot: every secret and key, dealt out to those who may know it"
COPY tools tools
COPY deploy deploy
CMD ["node", "deploy/init.mjs"]
