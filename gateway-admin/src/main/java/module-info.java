/** Metrics, health and the API over HTTP; the admin commands, their shell and their socket. */
// The module that packages are exported to is compiled later.
@SuppressWarnings({"module", "requires-automatic"})
module dev.slipway.admin {
    requires transitive dev.slipway.core;
    requires transitive dev.slipway.ingest;
    requires transitive dev.slipway.transfer;
    requires dev.slipway.console;
    requires info.picocli;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires jdk.net;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires tools.jackson.core;
    requires tools.jackson.databind;
    requires static com.google.errorprone.annotations;
    // What libraries without a descriptor use.
    requires java.management; // Micrometer
    requires jdk.management; // Micrometer

    exports dev.slipway.admin to
            dev.slipway.app;
    exports dev.slipway.admin.api to
            dev.slipway.app;
    exports dev.slipway.admin.command to
            dev.slipway.app;
    exports dev.slipway.admin.control to
            dev.slipway.app;
    // With the records of settings, which the core creates.
    exports dev.slipway.admin.http to
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.admin.management;
    exports dev.slipway.admin.shell to
            dev.slipway.app;

    // The records of requests, which are created from JSON.
    opens dev.slipway.admin.api to
            dev.slipway.transfer;
    opens dev.slipway.admin.command to
            info.picocli;
}
