/** SFTP and SCP. */
// The module that the package is exported to is compiled later.
@SuppressWarnings({"module", "requires-automatic"})
module dev.slipway.sftp {
    requires transitive dev.slipway.core;
    requires io.netty.common;
    requires io.netty.transport;
    requires org.apache.sshd.netty;
    requires org.apache.sshd.osgi;
    requires transitive org.jspecify;
    requires org.slf4j;
    requires static com.google.errorprone.annotations;
    // What libraries without a descriptor use.
    requires java.management; // MINA SSHD
    requires java.rmi; // MINA SSHD
    requires java.security.jgss; // MINA SSHD
    requires org.bouncycastle.pkix; // MINA SSHD
    requires org.bouncycastle.provider; // MINA SSHD

    // With the record of settings, which the core creates.
    exports dev.slipway.sftp to
            dev.slipway.app,
            dev.slipway.core;
}
