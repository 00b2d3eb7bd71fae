/**
 * The file system, the object store, accounts and state. It knows no protocol.
 *
 * <p>A package that programs need is exported to everybody; any other is exported to the modules of Slipway that use
 * it. A new package that no other module uses needs no line here.
 */
// The modules that packages are exported to are compiled later, and the package of the migrations has no classes.
@SuppressWarnings({"module", "opens", "requires-automatic", "requires-transitive-automatic"})
module dev.slipway.core {
    requires transitive java.sql;
    requires com.github.luben.zstd_jni;
    requires com.zaxxer.hikari;
    requires flyway.core;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.haproxy;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires org.bouncycastle.provider;
    requires org.jdbi.v3.core;
    requires transitive org.jspecify;
    requires org.reactivestreams;
    requires org.slf4j;
    requires org.xerial.sqlitejdbc;
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.http.nio.netty;
    requires software.amazon.awssdk.identity.spi;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.retries;
    requires software.amazon.awssdk.retries.api;
    requires software.amazon.awssdk.services.s3;
    requires software.amazon.awssdk.services.sts;
    requires software.amazon.awssdk.utils;
    requires static com.google.errorprone.annotations;
    // What libraries without a descriptor use.
    requires io.leangen.geantyref; // JDBI
    requires java.naming; // the AWS SDK
    requires java.net.http; // Flyway
    requires jdk.unsupported; // Netty

    exports dev.slipway.core;
    exports dev.slipway.core.account;
    exports dev.slipway.core.archive to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.ingest,
            dev.slipway.transfer;
    exports dev.slipway.core.event;
    exports dev.slipway.core.net to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.ftps,
            dev.slipway.ingest,
            dev.slipway.sftp,
            dev.slipway.transfer;
    exports dev.slipway.core.operator to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.ftps,
            dev.slipway.sftp;
    exports dev.slipway.core.quota to
            dev.slipway.admin,
            dev.slipway.app;
    exports dev.slipway.core.setting;
    exports dev.slipway.core.state to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.ingest,
            dev.slipway.transfer;
    exports dev.slipway.core.store to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.ingest,
            dev.slipway.transfer;
    exports dev.slipway.core.store.doctor to
            dev.slipway.app;
    exports dev.slipway.core.store.objects to
            dev.slipway.app;
    exports dev.slipway.core.store.s3 to
            dev.slipway.app;
    exports dev.slipway.core.unit;
    exports dev.slipway.core.vfs to
            dev.slipway.admin,
            dev.slipway.app,
            dev.slipway.ftps,
            dev.slipway.ingest,
            dev.slipway.sftp,
            dev.slipway.transfer;

    // Flyway reads the migrations.
    opens dev.slipway.core.state.migration;
}
