package dev.slipway.app;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.store.MemorySettings;
import dev.slipway.core.unit.DataSize;
import dev.slipway.sftp.SftpMemory;
import dev.slipway.sftp.SftpServer;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory budgets of a gateway, in bytes. Budgets that are not set follow from what this Java process may use.
 *
 * @param heap the largest heap
 * @param direct the maximum direct memory
 * @param parts direct memory for uploads
 * @param downloads direct memory for reading ahead
 * @param earlyBlocks direct memory for blocks that arrive out of order
 * @param windows heap for data that SSH clients send ahead
 * @param listings heap for directory entries
 * @param output heap for unread answers, as the SSH listener computes it
 * @param sessions maximum number of sessions of all listeners together
 * @param sshUnauthenticated maximum number of SSH connections that have not logged in
 * @param ftpUnauthenticated maximum number of FTP control connections that have not logged in
 */
record MemoryBudgets(
        long heap,
        long direct,
        long parts,
        long downloads,
        long earlyBlocks,
        long windows,
        long listings,
        long output,
        long sessions,
        int sshUnauthenticated,
        int ftpUnauthenticated) {
    private static final long MIB = 1 << 20;

    /** The JDK's own share of the direct memory, for sockets and files. */
    private static final long DIRECT_OF_THE_JDK = 16 * MIB;

    /** Estimated heap of an idle gateway, rounded up. */
    private static final long HEAP_AT_REST = 48 * MIB;

    /** Heap of an idle session, rounded up: measured 26 KiB with an SFTP channel, and 5 KiB over FTPS. */
    private static final long HEAP_OF_A_SESSION = 32 * 1024;

    /** Heap of an FTP connection that has not logged in: at most that of a session. */
    private static final long HEAP_OF_AN_FTP_CONNECTION = HEAP_OF_A_SESSION;

    /** Java's memory besides heap and direct memory: code, classes, threads, TLS, the state database. */
    private static final long NATIVE = 224 * MIB;

    /** Of this process. */
    static MemoryBudgets of(GatewaySettings settings) {
        long heap = Runtime.getRuntime().maxMemory();
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long direct = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        return of(settings, heap, direct == 0 ? heap : direct);
    }

    static MemoryBudgets of(GatewaySettings settings, long heap, long direct) {
        MemorySettings memory = settings.memory();
        long leastParts = 4 * memory.firstPart().bytes();
        SftpMemory sshMemory = SftpMemory.of(settings.sftp(), heap);
        long usable = Math.max(0, direct - DIRECT_OF_THE_JDK);
        boolean ssh = settings.sftp().port().isOn();
        boolean ftp = settings.ftps().isOn();
        return new MemoryBudgets(
                heap,
                direct,
                orShare(memory.parts(), usable / 16 * 10, leastParts, Math.max(leastParts, 512 * MIB)),
                orShare(memory.downloads(), usable / 16 * 5, 16 * MIB, 256 * MIB),
                orShare(memory.earlyBlocks(), usable / 16, MIB, 32 * MIB),
                ssh ? sshMemory.windows() : 0,
                orShare(memory.listings(), heap / 8, 4 * MIB, 64 * MIB),
                ssh ? heap / 16 : 0,
                (ssh ? settings.sftp().maxSessions() : 0L)
                        + (ftp ? settings.ftps().maxSessions() : 0L),
                ssh ? sshMemory.connections().maxUnauthenticated() : 0,
                ftp ? settings.ftps().maxUnauthenticatedConnections() : 0);
    }

    private static long orShare(@Nullable DataSize set, long share, long least, long most) {
        return set == null ? Math.clamp(share, least, most) : set.bytes();
    }

    /** The direct memory of all budgets. */
    long directNeeded() {
        return parts + downloads + earlyBlocks;
    }

    private long heapOfSessions() {
        return sessions * HEAP_OF_A_SESSION;
    }

    private long heapOfUnauthenticated() {
        return sshUnauthenticated * SftpServer.UNAUTHENTICATED_BYTES + ftpUnauthenticated * HEAP_OF_AN_FTP_CONNECTION;
    }

    private long heapNeeded() {
        return HEAP_AT_REST + windows + listings + output + heapOfSessions() + heapOfUnauthenticated();
    }

    /**
     * Warnings about settings that do not fit together, though the gateway starts with them: what is needed, what is
     * available, and what to set.
     *
     * @param machine the memory of the machine or its container, in bytes
     */
    List<String> warnings(long machine) {
        List<String> warnings = new ArrayList<>();
        if (heapNeeded() > heap) {
            warnings.add(
                    "The heap of %s may not be enough: %s at rest, %s for sftp.windowMemory, %s for memory.listings,"
                                    .formatted(mib(heap), mib(HEAP_AT_REST), mib(windows), mib(listings))
                            + " %s for answers, %s for the %d sessions that maxSessions allows and %s for the %d connections"
                                    .formatted(
                                            mib(output),
                                            mib(heapOfSessions()),
                                            sessions,
                                            mib(heapOfUnauthenticated()),
                                            sshUnauthenticated + ftpUnauthenticated)
                            + " that have not logged in add up to %s. Start Java with -Xmx%dm, or lower %s."
                                    .formatted(mib(heapNeeded()), heapThatIsEnough() / MIB, whatToLower()));
        }
        long whole = heap + directNeeded() + NATIVE;
        if (whole > machine) {
            warnings.add("The memory of %s may not be enough: a heap of %s, %s of memory.parts, memory.downloads and"
                            .formatted(mib(machine), mib(heap), mib(directNeeded()))
                    + " memory.earlyBlocks, and %s for Java itself add up to %s.".formatted(mib(NATIVE), mib(whole))
                    + " Lower -Xmx or these settings, or give the machine, container or unit %s."
                            .formatted(mib(whole)));
        }
        return warnings;
    }

    private String whatToLower() {
        long fitting = (heap - heapNeeded() + heapOfSessions()) / HEAP_OF_A_SESSION;
        return fitting > 0
                ? "sftp.maxSessions and ftps.maxSessions to " + fitting + " together"
                : "the limits of connections of sftp and ftps: maxSessions and maxUnauthenticatedConnections";
    }

    /** The budgets that are shares of the heap grow with it. */
    private long heapThatIsEnough() {
        return (heapNeeded() + heapNeeded() / 2 + MIB - 1) / MIB * MIB;
    }

    private static String mib(long bytes) {
        return bytes / MIB + " MiB";
    }
}
