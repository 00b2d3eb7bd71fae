/** A gateway for other programs, and the command line. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module dev.slipway.app {
    requires transitive dev.slipway.admin;
    requires transitive dev.slipway.core;
    requires transitive dev.slipway.ingest;
    requires transitive dev.slipway.transfer;
    requires dev.slipway.ftps;
    requires dev.slipway.sftp;
    requires info.picocli;
    requires jdk.management;
    requires transitive micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires org.bouncycastle.util;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires org.snakeyaml.engine;
    requires tools.jackson.core;
    requires tools.jackson.databind;
    requires static com.google.errorprone.annotations;
    // The command line only.
    requires static ch.qos.logback.classic;
    requires static ch.qos.logback.core;
    requires static com.google.common;
    requires static logstash.logback.encoder;
    requires static software.amazon.awssdk.core;
    requires static software.amazon.awssdk.services.s3;

    exports dev.slipway.app;
    exports dev.slipway.app.config;
    exports dev.slipway.app.keys;

    opens dev.slipway.app to
            info.picocli;
    // slipway-logback.xml names a layout.
    opens dev.slipway.app.log to
            ch.qos.logback.core;
}
