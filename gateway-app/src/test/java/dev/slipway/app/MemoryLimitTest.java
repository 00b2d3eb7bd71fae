package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much memory the launcher assumes for its machine, container or unit. */
class MemoryLimitTest {
    private static final Path SCRIPT = Path.of(System.getProperty("slipway.root", ".."), "bin", "run-java.sh");
    private static final String NO_LIMIT_OF_VERSION_1 = "9223372036854771712\n";
    private static final long MIB = 1 << 20;

    @TempDir
    private Path machine;

    @BeforeEach
    void hasSixteenGibibytes() throws IOException {
        write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         123456 kB\n");
    }

    private void write(String file, String content) throws IOException {
        Path path = machine.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    private String limit() throws InterruptedException {
        return Clients.command(
                        "bash",
                        "-euo",
                        "pipefail",
                        "-c",
                        "source \"$1\"; memory_limit \"$2\"",
                        "bash",
                        SCRIPT.toString(),
                        machine.toString())
                .run(Patience.LIMIT)
                .assertSuccess()
                .stdout();
    }

    @Test
    void withoutControlGroupsTheMachinesMemoryCounts() throws Exception {
        assertThat(limit()).isEqualTo("16384");
    }

    @Test
    void aUnitHasItsOwnAndEnclosingLimits() throws Exception {
        write("proc/self/cgroup", "0::/system.slice/slipway.service\n");
        write("sys/fs/cgroup/system.slice/slipway.service/memory.max", 1024 * MIB + "\n");
        assertThat(limit()).isEqualTo("1024");
        write("sys/fs/cgroup/system.slice/memory.max", 700 * MIB + "\n");
        assertThat(limit()).isEqualTo("700");
        write("sys/fs/cgroup/system.slice/memory.max", "max\n");
        write("sys/fs/cgroup/system.slice/slipway.service/memory.max", "max\n");
        assertThat(limit()).isEqualTo("16384");
    }

    @Test
    void aContainerOfVersion2HasItsLimitAtTheTop() throws Exception {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", 512 * MIB + "\n");
        assertThat(limit()).isEqualTo("512");
    }

    /** Its list of groups shows the host's folder, and its own limit is at the top. */
    @Test
    void aContainerOfVersion1HasItsLimitAtTheTop() throws Exception {
        write("proc/self/cgroup", "12:cpu,cpuacct:/docker/0af3\n5:memory:/docker/0af3\n1:name=systemd:/docker/0af3\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", 512 * MIB + "\n");
        assertThat(limit()).isEqualTo("512");
    }

    @Test
    void aUnitOfVersion1HasItsOwnAndEnclosingLimits() throws Exception {
        write("proc/self/cgroup", "5:cpu,memory:/system.slice/slipway.service\n0::/\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", NO_LIMIT_OF_VERSION_1);
        write("sys/fs/cgroup/memory/system.slice/memory.limit_in_bytes", NO_LIMIT_OF_VERSION_1);
        write("sys/fs/cgroup/memory/system.slice/slipway.service/memory.limit_in_bytes", 768 * MIB + "\n");
        assertThat(limit()).isEqualTo("768");
    }

    @Test
    void aLimitAboveTheMachinesMemoryIsIgnored() throws Exception {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", 64 * 1024 * MIB + "\n");
        assertThat(limit()).isEqualTo("16384");
    }

    @Test
    void withoutInformationNothingIsPrinted() throws Exception {
        Files.delete(machine.resolve("proc/meminfo"));
        assertThat(limit()).isEmpty();
    }
}
