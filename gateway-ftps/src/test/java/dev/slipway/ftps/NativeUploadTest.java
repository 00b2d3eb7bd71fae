package dev.slipway.ftps;

import dev.slipway.testing.S3Store;

/** Uploads with BoringSSL. */
@S3Store
class NativeUploadTest extends UploadContract {
    @Override
    TlsProvider tlsProvider() {
        return TlsProvider.NATIVE;
    }
}
