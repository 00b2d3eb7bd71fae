# syntax=docker/dockerfile:1
# Slipway in a container: a Java runtime with the modules in use, as an unprivileged user.
#   docker build -t slipway .
#   docker run --rm -p 2222:2222 -p 8021-8042:8021-8042 -v slipway:/var/lib/slipway -e ... slipway
# Settings: docs/reference/configuration.md. Put further options for Java into SLIPWAY_JAVA_OPTIONS.
# Heap and direct memory follow from the container's limit (docker run -m 1g), or from the machine.
#
# The base images have exact tags. A registry may replace a tag's image; if that matters, add the digest
# (`docker buildx imagetools inspect IMAGE` prints it): FROM image:tag@sha256:...

FROM maven:3.9.11-eclipse-temurin-25 AS build
# Node.js builds the web console.
COPY --from=node:24.21.0-trixie-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=node:24.21.0-trixie-slim /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/root/.m2 ./release.sh

FROM debian:trixie-20260803-slim
RUN groupadd --system --gid 10001 slipway \
  && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/slipway --create-home slipway
RUN --mount=type=bind,from=build,source=/build/target/release,target=/release \
  mkdir /opt/slipway && tar -xzf /release/slipway-*.tar.gz -C /opt/slipway --strip-components=1
# Non-ASCII file names need a UTF-8 locale.
ENV LC_ALL=C.UTF-8
# Records a start, so that later ones are faster.
RUN /opt/slipway/bin/record-start
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
# The state directory is created here. Keep it: it has accounts, host keys and interrupted uploads.
WORKDIR /var/lib/slipway
VOLUME /var/lib/slipway
EXPOSE 2222 8021-8042
# Checks the running gateway, whatever its settings: /healthz if there is an admin port, otherwise SFTP or FTPS.
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s CMD ["/opt/slipway/bin/health"]
ENTRYPOINT ["/opt/slipway/bin/slipway"]
CMD ["serve"]
