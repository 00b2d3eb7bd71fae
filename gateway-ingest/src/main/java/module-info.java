/** Files that arrive without a client, and what happens to files once they are in. It knows no protocol. */
// The modules that packages are exported to are compiled later.
@SuppressWarnings({"module", "requires-automatic"})
module dev.slipway.ingest {
    requires com.cronutils;
    requires com.github.luben.zstd_jni;
    requires transitive dev.slipway.core;
    requires transitive dev.slipway.transfer;
    requires jakarta.mail;
    requires java.net.http;
    requires org.apache.commons.compress;
    requires org.bouncycastle.pg;
    requires org.jdbi.v3.core;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires org.tukaani.xz;
    requires tools.jackson.databind;
    requires static com.google.errorprone.annotations;

    // With the records of settings, which the core creates, as those of the packages below.
    exports dev.slipway.ingest.archive to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.content to
            dev.slipway.core;
    exports dev.slipway.ingest.mail to
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.openpgp to
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.pull to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.retention to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.rule to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.scan to
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.target to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.ingest.schedule to
            dev.slipway.admin;
    exports dev.slipway.ingest.watch to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.core;

    // The records that are kept as JSON.
    opens dev.slipway.ingest.archive to
            tools.jackson.databind;
    opens dev.slipway.ingest.pull to
            tools.jackson.databind;
    opens dev.slipway.ingest.retention to
            tools.jackson.databind;
    opens dev.slipway.ingest.rule to
            tools.jackson.databind;
}
