package dev.slipway.ftps;

import dev.slipway.testing.S3Store;

/** Uploads with the JDK's TLS. */
@S3Store
class JdkUploadTest extends UploadContract {
    @Override
    TlsProvider tlsProvider() {
        return TlsProvider.JDK;
    }
}
