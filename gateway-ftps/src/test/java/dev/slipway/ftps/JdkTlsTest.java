package dev.slipway.ftps;

import dev.slipway.testing.S3Store;

/** TLS with the JDK. */
@S3Store
class JdkTlsTest extends TlsContract {
    @Override
    TlsProvider tlsProvider() {
        return TlsProvider.JDK;
    }
}
