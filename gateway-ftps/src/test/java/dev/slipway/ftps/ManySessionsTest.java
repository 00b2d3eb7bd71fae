package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Sessions leave nothing behind, however they end. */
@S3Store
class ManySessionsTest extends FtpsGatewayTest {
    private static final int SESSIONS = 1000;
    private static final int AT_ONCE = 8;

    @Test
    void sessionsLeaveNeitherThreadsNorDescriptors() throws Exception {
        FtpsGateway gateway = startPlain();
        run(gateway, 50); // creates what is created once and stays
        settle(gateway);
        long descriptors = descriptors();
        int threads = Thread.activeCount();

        run(gateway, SESSIONS);

        settle(gateway);
        Patience.await("descriptors are closed", () -> descriptors() <= descriptors + 20);
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 10);
    }

    private static void settle(FtpsGateway gateway) throws Exception {
        Patience.await(
                "all sessions are over",
                () -> gateway.openConnections() == 0
                        && gateway.sessions().list().isEmpty()
                        && gateway.files().openUploads() == 0
                        && gateway.files().openDownloads() == 0);
    }

    private static long descriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private static void run(FtpsGateway gateway, int sessions) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                int kind = i;
                all.add(executor.submit(() -> {
                    session(gateway, kind);
                    return kind;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
    }

    private static void session(FtpsGateway gateway, int kind) throws IOException {
        FtpConnection ftp = kind % 4 == 0 ? FtpConnection.secure(gateway) : FtpConnection.plainLogin(gateway);
        switch (kind % 10) {
            case 0 -> ftp.close();
            case 1 -> ftp.reset();
            case 2 -> {
                ftp.command("QUIT", 221);
                ftp.close();
            }
            case 3 -> {
                ftp.passivePort(); // never used
                ftp.close();
            }
            case 4, 5, 6, 7, 8 -> {
                try (Socket data = ftp.openData()) {
                    withData(ftp, data, kind);
                }
            }
            default -> {
                ftp.list("NLST");
                ftp.close();
            }
        }
    }

    private static void withData(FtpConnection ftp, Socket data, int kind) throws IOException {
        switch (kind % 10) {
            case 4 -> ftp.reset(); // without a command
            case 5 -> {
                ftp.command("RETR /absent", 550);
                ftp.close();
            }
            case 6 -> {
                ftp.command("STOR /file" + kind, 150);
                data.getOutputStream().write(1);
                ftp.reset();
            }
            case 7 -> {
                ftp.command("STOR /file" + kind, 150);
                ftp.send("ABOR");
                ftp.expect(426);
                ftp.expect(226);
                ftp.close();
            }
            default -> {
                ftp.send("NLST");
                ftp.send("QUIT");
                ftp.close();
            }
        }
    }
}
