package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.SettingsLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryBudgetsTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    @TempDir
    private Path directory;

    private GatewaySettings settings(String more) throws ConfigurationException, IOException {
        Path file = Files.writeString(directory.resolve("slipway.yml"), """
                s3: {endpoint: 'http://127.0.0.1:9', region: us-east-1, accessKey: x, secretKey: x, bucket: files}
                accounts: [{name: anna, password: secret-of-anna}]
                """ + more);
        return SettingsLoader.load(file, Map.of()).settings();
    }

    @Test
    void unsetBudgetsFollowFromJavasMemory() throws Exception {
        MemoryBudgets small = MemoryBudgets.of(settings(""), 256 * MIB, 272 * MIB);
        assertThat(small.parts()).isEqualTo(160 * MIB);
        assertThat(small.downloads()).isEqualTo(80 * MIB);
        assertThat(small.earlyBlocks()).isEqualTo(16 * MIB);
        assertThat(small.windows()).isEqualTo(64 * MIB);
        assertThat(small.listings()).isEqualTo(32 * MIB);

        MemoryBudgets large = MemoryBudgets.of(settings(""), 4 * GIB, 16 * GIB);
        assertThat(large.parts()).isEqualTo(512 * MIB);
        assertThat(large.downloads()).isEqualTo(256 * MIB);
        assertThat(large.earlyBlocks()).isEqualTo(32 * MIB);
        assertThat(large.windows()).isEqualTo(128 * MIB);
        assertThat(large.listings()).isEqualTo(64 * MIB);
    }

    @Test
    void setBudgetsStay() throws Exception {
        GatewaySettings set = settings("""
                memory: {parts: 100MiB, downloads: 50MiB, earlyBlocks: 2MiB, listings: 5MiB}
                sftp: {windowMemory: 7MiB}
                """);
        MemoryBudgets budgets = MemoryBudgets.of(set, 4 * GIB, 16 * GIB);
        assertThat(budgets.parts()).isEqualTo(100 * MIB);
        assertThat(budgets.directNeeded()).isEqualTo(152 * MIB);
        assertThat(budgets.windows()).isEqualTo(7 * MIB);
        assertThat(budgets.listings()).isEqualTo(5 * MIB);
    }

    @Test
    void unauthenticatedConnectionsCount() throws Exception {
        MemoryBudgets small = MemoryBudgets.of(settings(""), 320 * MIB, 480 * MIB);
        assertThat(small.sshUnauthenticated()).isBetween(250, 300);
        assertThat(small.ftpUnauthenticated()).isEqualTo(500);
        assertThat(small.warnings(GIB)).isEmpty();
        assertThat(MemoryBudgets.of(settings(""), 4 * GIB, 4 * GIB).sshUnauthenticated())
                .isEqualTo(500);
        assertThat(MemoryBudgets.of(settings("sftp: {port: off}"), 4 * GIB, 4 * GIB)
                        .sshUnauthenticated())
                .isZero();

        MemoryBudgets set =
                MemoryBudgets.of(settings("sftp: {maxUnauthenticatedConnections: 700}\n"), 320 * MIB, 480 * MIB);
        assertThat(set.sshUnauthenticated()).isEqualTo(700);
        assertThat(set.warnings(GIB))
                .singleElement()
                .asString()
                .contains("for the 1200 connections that have not logged in");
    }

    @Test
    void ifNoSessionsFitTheWarningNamesAllLimits() throws Exception {
        MemoryBudgets tiny = MemoryBudgets.of(settings(""), 128 * MIB, 96 * MIB);
        assertThat(tiny.warnings(GIB))
                .singleElement()
                .asString()
                .contains(
                        "lower the limits of connections of sftp and ftps: maxSessions and maxUnauthenticatedConnections");
    }

    @Test
    void theLaunchersHeapIsEnoughFromAGibibyteOn() throws Exception {
        // As bin/run-java.sh computes them.
        for (long machine : new long[] {GIB, 2 * GIB, 4 * GIB, 64 * GIB}) {
            long heap = Math.clamp(machine / 16 * 5, 128 * MIB, 512 * MIB);
            MemoryBudgets budgets = MemoryBudgets.of(settings(""), heap, machine - heap - 224 * MIB);
            assertThat(budgets.warnings(machine)).as(machine / MIB + " MiB").isEmpty();
        }
    }

    @Test
    void aHeapTooSmallForTheSessionsCausesAWarningWithTheArithmetic() throws Exception {
        MemoryBudgets budgets = MemoryBudgets.of(settings("sftp: {maxSessions: 9000}\n"), 512 * MIB, 2 * GIB);
        assertThat(budgets.warnings(64 * GIB))
                .singleElement()
                .asString()
                .contains(
                        "heap of 512 MiB",
                        "48 MiB at rest",
                        "128 MiB for sftp.windowMemory",
                        "312 MiB for the 10000 sessions",
                        "for the 945 connections that have not logged in",
                        "-Xmx",
                        "lower sftp.maxSessions and ftps.maxSessions to 44");
    }

    @Test
    void aMachineThatIsTooSmallCausesAWarningWithTheArithmetic() throws Exception {
        MemoryBudgets budgets = MemoryBudgets.of(settings("memory: {parts: 2GiB}\n"), 512 * MIB, 4 * GIB);
        assertThat(budgets.warnings(2 * GIB))
                .singleElement()
                .asString()
                .contains("memory of 2048 MiB", "heap of 512 MiB", "2336 MiB of memory.parts", "add up to 3072 MiB");
    }
}
