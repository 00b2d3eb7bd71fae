/** FTP and FTPS. */
// The module that the package is exported to is compiled later.
@SuppressWarnings({"module", "requires-automatic"})
module dev.slipway.ftps {
    requires transitive dev.slipway.core;
    requires ftplet.api;
    requires ftpserver.core;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.tcnative.classes.openssl;
    requires jdk.net;
    requires org.apache.mina.core;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires static com.google.errorprone.annotations;
    // What libraries without a descriptor use.
    requires java.desktop; // FtpServer

    // With the record of settings, which the core creates.
    exports dev.slipway.ftps to
            dev.slipway.app,
            dev.slipway.core;
}
