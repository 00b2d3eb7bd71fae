package dev.slipway.ftps;

import dev.slipway.testing.S3Store;

/** TLS by the JDK's TLS. */
@S3Store
class JdkTlsTest extends TlsContract {
    @Override
    TlsProvider tlsProvider() {
        return TlsProvider.JDK;
    }
}
