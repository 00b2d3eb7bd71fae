# Slipway in a container: a Java runtime with the modules that are used, as a user without rights.
#   docker build -t slipway .
#   docker run --rm -p 2222:2222 -p 8021-8042:8021-8042 -v slipway:/var/lib/slipway -e ... slipway
# Settings: docs/CONFIGURATION.md. Further options for Java go into JDK_JAVA_OPTIONS.

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /build
COPY . .
# The build's own plugins use sun.misc.Unsafe, which JDK 25 would warn about.
ENV MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow
RUN mvn -B -q -pl gateway-app -am -DskipTests package
# What `jdeps --print-module-deps` says of all jars, and jdk.zipfs.
RUN jlink --output /runtime --strip-debug --no-header-files --no-man-pages --compress=zip-6 --add-modules \
java.base,java.desktop,java.naming,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.sql,\
jdk.jfr,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs

FROM debian:trixie-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/slipway --create-home slipway
COPY --from=build /runtime /opt/slipway/runtime
COPY --from=build /build/gateway-app/target/lib /opt/slipway/lib
COPY --from=build /build/gateway-app/target/slipway.jar /opt/slipway/
# File names beyond ASCII need a UTF-8 locale.
ENV LC_ALL=C.UTF-8
# A start that is recorded, so that every later one is faster. No store is needed for it: the gateway starts all the same
# and waits for one.
RUN cd /tmp && { \
      AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_S3_BUCKET_REGION=us-east-1 \
      AWS_S3_BUCKET_HOST=http://127.0.0.1:9 AWS_S3_BUCKET_NAME=x FTP_USER_LOGIN=x FTP_USER_PASSWORD=x \
      timeout --signal=TERM 20 /opt/slipway/runtime/bin/java -XX:AOTCacheOutput=/opt/slipway/slipway.aot \
        -XX:MaxDirectMemorySize=64g --sun-misc-unsafe-memory-access=allow -jar /opt/slipway/slipway.jar serve \
        >/tmp/start.log 2>&1; \
      test -s /opt/slipway/slipway.aot || { cat /tmp/start.log; exit 1; }; \
    } && rm -rf /tmp/slipway-state /tmp/start.log
USER slipway
# The state directory is made here. Keep it: host keys and the times that clients have set are in it.
WORKDIR /var/lib/slipway
VOLUME /var/lib/slipway
EXPOSE 2222 8021-8042
# SSH servers speak first.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${SLIPWAY_SFTP_PORT:-2222} && read -t 4 -r line <&3 && [[ $line == SSH-2.0-* ]]"]
# The cap on direct memory is no reservation: memory.parts and memory.downloads decide what is used.
ENTRYPOINT ["/opt/slipway/runtime/bin/java", "-XX:AOTCache=/opt/slipway/slipway.aot", "-XX:MaxDirectMemorySize=64g", \
  "-XX:+ExitOnOutOfMemoryError", "--sun-misc-unsafe-memory-access=allow", "-jar", "/opt/slipway/slipway.jar"]
CMD ["serve"]
