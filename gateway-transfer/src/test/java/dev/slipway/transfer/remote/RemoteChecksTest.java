package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.remote.RemoteCheck.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a test of a remote finds out before the first push does. */
@Timeout(Patience.TEST_SECONDS)
class RemoteChecksTest {
    private final RemoteClient client = new RemoteClient(RemoteTimeouts.DEFAULT, null);

    @AfterEach
    void close() {
        client.close();
    }

    private Map<String, RemoteCheck> test(SshdServer server, Path... folders) throws Exception {
        Remote remote = TestRemotes.of(server)
                .withPlaces(List.of(folders).stream().map(Path::toString).toList(), false);
        try (RemoteConnection connection = client.connect(remote)) {
            return connection.test().checks().stream().collect(Collectors.toMap(RemoteCheck::name, check -> check));
        }
    }

    private static void assertCheck(Map<String, RemoteCheck> checks, String name, Result result, String detail) {
        assertThat(checks).hasEntrySatisfying(name, check -> {
            assertThat(check.detail()).contains(detail);
            assertThat(check.result()).as(check.detail()).isEqualTo(result);
        });
    }

    @Test
    void aRemoteThatHasEverythingPasses(@TempDir Path folder) throws Exception {
        try (SshdServer server = SshdServer.start()) {
            Map<String, RemoteCheck> checks = test(server, folder);
            assertThat(checks.values())
                    .allSatisfy(check ->
                            assertThat(check.result()).as(check.detail()).isEqualTo(Result.WORKS));
            assertCheck(checks, "channels", Result.WORKS, "5 on a connection");
            assertCheck(checks, folder.toString(), Result.WORKS, "written, renamed and replaced");
            assertCheck(checks, "space", Result.WORKS, "bytes are free in " + folder);
            assertCheck(checks, "digests", Result.WORKS, "sha256sum");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatARemoteLacksIsNamed(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Path missing = folder.resolve("missing");
        try (SshdServer server = SshdServer.options()
                .config("MaxSessions 2")
                .replacing("curl", curl -> "echo 'curl 7.28.1 (x86_64-redhat-linux-gnu)'")
                .without("sha256sum", "sha512sum", "sha1sum", "shasum", "md5sum")
                .start()) {
            Map<String, RemoteCheck> checks = test(server, file, missing);
            assertCheck(
                    checks,
                    "channels",
                    Result.LIMITED,
                    "opens 2 of 5 channels on a connection; for more, further connections are opened");
            assertCheck(checks, file.toString(), Result.FAILS, "a file, not a folder");
            assertCheck(checks, missing.toString(), Result.LIMITED, "does not exist");
            assertCheck(checks, "curl", Result.LIMITED, "its curl is 7.28.1, and 7.29 or later is needed");
            assertCheck(checks, "digests", Result.LIMITED, "only sizes are compared");
        }
        try (SshdServer server = SshdServer.options().config("MaxSessions 1").start()) {
            assertCheck(test(server), "channels", Result.LIMITED, "opens 1 of 5 channels");
        }
        assertThat(folder).isDirectoryContaining(path -> path.equals(file));
    }

    @Test
    void aFolderThatMayNotBeWrittenToIsFoundOut(@TempDir Path folder) throws Exception {
        for (Path path : List.of(folder.getParent(), folder)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        try (SshdServer server = SshdServer.options().restrictedUser().start()) {
            Map<String, RemoteCheck> checks = test(server, closed);
            assertCheck(checks, closed.toString(), Result.FAILS, "permission denied");
            assertCheck(checks, "shell", Result.LIMITED, "files are streamed");
        }
    }
}
