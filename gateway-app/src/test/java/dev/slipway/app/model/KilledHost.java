package dev.slipway.app.model;

import dev.slipway.app.ServeProcess;
import dev.slipway.testing.S3Bucket;
import java.io.IOException;
import java.nio.file.Path;

/** A gateway in a separate process, which is ended by killing it. */
final class KilledHost implements Host {
    private final Path configuration;
    private final Path folder;
    private int starts;
    private ServeProcess process;

    /** @param folder for the configuration, the logs and the state */
    KilledHost(S3Bucket bucket, Path folder) throws IOException {
        this.folder = folder;
        this.configuration = ServeProcess.configuration(folder, bucket, "stat", "");
        this.process = start();
    }

    private ServeProcess start() throws IOException {
        return ServeProcess.start(folder.resolve("log" + starts++), configuration);
    }

    @Override
    public int ftpsPort() {
        return process.ports().explicit();
    }

    @Override
    public int sftpPort() {
        return process.ports().ssh();
    }

    @Override
    public void restart() throws IOException {
        process.kill();
        process = start();
    }

    @Override
    public boolean isKilled() {
        return true;
    }

    @Override
    public void awaitRest() {
        // Only the process itself knows.
    }

    @Override
    public void close() {
        process.kill();
    }
}
