package dev.slipway.sftp;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.S3Bucket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The gateways of a test, their clients, and other resources; all are closed after the test, the newest first. */
final class SftpFixture implements AfterEachCallback {
    private final S3Bucket bucket;
    private final Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();

    /** @param folder for the gateways' state and for files of the test */
    SftpFixture(S3Bucket bucket, Path folder) {
        this.bucket = bucket;
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    <T extends AutoCloseable> T closing(T resource) {
        open.add(resource);
        return resource;
    }

    SftpGateway.Builder builder() {
        return SftpGateway.builder(bucket, folder);
    }

    /** Returns a gateway with default settings. */
    SftpGateway gateway() throws IOException {
        return closing(builder().start());
    }

    SftpGateway gateway(SettingsBuilder<SftpSettings> settings) throws IOException {
        return closing(builder().settings(settings).start());
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }
}
