# Slipway in a container: a Java runtime with the modules that are used, as a user without rights.
#   docker build -t slipway .
#   docker run --rm -p 2222:2222 -p 8021-8042:8021-8042 -v slipway:/var/lib/slipway -e ... slipway
# Settings: docs/CONFIGURATION.md. Further options for Java go into SLIPWAY_JAVA_OPTIONS.

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /build
COPY . .
RUN ./release.sh

FROM debian:trixie-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/slipway --create-home slipway
RUN --mount=type=bind,from=build,source=/build/target/release,target=/release \
  mkdir /opt/slipway && tar -xzf /release/slipway-*.tar.gz -C /opt/slipway --strip-components=1
# File names beyond ASCII need a UTF-8 locale.
ENV LC_ALL=C.UTF-8
# A start that is recorded, so that every later one is faster.
RUN /opt/slipway/bin/record-start
USER slipway
# The state directory is made here. Keep it: host keys and the times that clients have set are in it.
WORKDIR /var/lib/slipway
VOLUME /var/lib/slipway
EXPOSE 2222 8021-8042
# SSH servers speak first.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${SLIPWAY_SFTP_PORT:-2222} && read -t 4 -r line <&3 && [[ $line == SSH-2.0-* ]]"]
ENTRYPOINT ["/opt/slipway/bin/slipway"]
CMD ["serve"]
