/** Durable jobs, remote servers, and pushes to them. */
// The modules that packages are exported to are compiled later.
@SuppressWarnings({"module", "requires-automatic"})
module dev.slipway.transfer {
    requires transitive dev.slipway.core;
    requires com.fasterxml.jackson.annotation;
    requires com.rabbitmq.client;
    requires java.net.http;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires org.apache.sshd.osgi;
    requires org.apache.sshd.sftp;
    requires org.jdbi.v3.core;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires tools.jackson.core;
    requires tools.jackson.databind;
    requires static com.google.errorprone.annotations;
    // What libraries without a descriptor use.
    requires java.management; // MINA SSHD
    requires java.rmi; // MINA SSHD
    requires java.security.jgss; // MINA SSHD
    requires org.bouncycastle.pkix; // MINA SSHD
    requires org.bouncycastle.provider; // MINA SSHD

    // With the records of settings, which the core creates, as those of the next package.
    exports dev.slipway.transfer to
            dev.slipway.app,
            dev.slipway.core,
            dev.slipway.ingest;
    exports dev.slipway.transfer.amqp to
            dev.slipway.app,
            dev.slipway.core;
    exports dev.slipway.transfer.job;
    exports dev.slipway.transfer.json to
            dev.slipway.admin;
    exports dev.slipway.transfer.outcome to
            dev.slipway.app,
            dev.slipway.ingest;
    exports dev.slipway.transfer.push;
    exports dev.slipway.transfer.remote;

    // The records that are kept as JSON.
    opens dev.slipway.transfer.push to
            tools.jackson.databind;
}
