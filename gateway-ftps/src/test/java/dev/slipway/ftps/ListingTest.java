package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listings as clients see them; an outage never looks like an empty directory. */
@S3Store
class ListingTest extends FtpsGatewayTest {
    private FaultProxy store;
    private FtpsGateway gateway;

    @BeforeEach
    void startGateway() throws Exception {
        store = FaultProxy.http(bucket().endpoint().uri());
        gateway = start(
                new S3Bucket(bucket().endpoint().at(store.uri()), bucket().name()),
                settings -> settings.set("plain", true));
    }

    @AfterEach
    void stop() throws Exception {
        store.pass();
        gateway.close();
        store.close();
    }

    @Test
    void longListingHasTheColumnsThatClientsParse() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("MKD /dir", 257);
            ftp.store("/new file", new byte[1234]);
            ftp.store("/old file", new byte[5]);
            ftp.command("MFMT 20010203040506 /old file", 213);
            List<String> lines = ftp.list("LIST").lines().sorted().toList();
            assertThat(lines).hasSize(3);
            assertThat(lines.get(1))
                    .matches("-rw-r--r-- +1 alice alice +1234 [A-Z][a-z]{2} \\d\\d \\d\\d:\\d\\d new file");
            assertThat(lines.get(0)).matches("-rw-r--r-- +1 alice alice +5 Feb 03  2001 old file");
            assertThat(lines.get(2)).matches("drwxr-xr-x +1 alice alice +0 [A-Z][a-z]{2} \\d\\d \\d\\d:\\d\\d dir");
            assertThat(ftp.list("LIST -la").lines()).hasSize(3);
            assertThat(ftp.list("LIST -a /dir")).isEmpty();
            assertThat(ftp.list("LIST /old file")).isEqualTo(lines.get(0) + "\r\n");
            assertThat(ftp.command("STAT /old file", 213)).contains(lines.get(0));
        }
    }

    /** What is fetched and never sent would otherwise use up the memory of all listings. */
    @Test
    void aRefusedStatReturnsItsMemory() throws Exception {
        try (ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> made = new ArrayList<>();
            for (int i = 0; i < 1200; i++) {
                String name = "dir" + i;
                made.add(requests.submit(() -> {
                    gateway.makeDirectory(name);
                    return name;
                }));
            }
            for (Future<?> each : made) {
                var _ = each.get();
            }
        }
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("STAT /", 504);
            ftp.command("NOOP", 200);
        }
        assertThat(gateway.memory().listings().reservedBytes()).isZero();
    }

    @Test
    void namesCanBeUsedAsTheyAreListed() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("MKD /dir", 257);
            for (String name : List.of("a.txt", "b.txt", "ab.txt", "b.dat", ".hidden")) {
                ftp.store("/dir/" + name, new byte[1]);
            }
            assertThat(ftp.list("NLST dir").lines())
                    .containsExactlyInAnyOrder("dir/a.txt", "dir/b.txt", "dir/ab.txt", "dir/b.dat", "dir/.hidden");
            assertThat(ftp.list("NLST dir/?.txt").lines()).containsExactlyInAnyOrder("dir/a.txt", "dir/b.txt");
            assertThat(ftp.list("NLST /dir/*b*.t*t").lines()).containsExactlyInAnyOrder("/dir/b.txt", "/dir/ab.txt");
            assertThat(ftp.list("NLST dir/*.absent")).isEmpty();
            assertThat(ftp.list("NLST dir/a.txt")).isEqualTo("dir/a.txt\r\n");
            ftp.command("CWD dir", 250);
            assertThat(ftp.list("NLST *.dat")).isEqualTo("b.dat\r\n");
            assertThat(ftp.list("LIST *.dat")).endsWith(" b.dat\r\n");
            ftp.passivePort();
            ftp.command("NLST absent", 550);
            ftp.passivePort();
            ftp.command("NLST absent/*", 550);
        }
    }

    @Test
    void patternsAreLiteralIfAFileHasThatName() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("MKD /a?", 257);
            ftp.store("/a?/in", new byte[1]);
            ftp.command("MKD /ab", 257);
            assertThat(ftp.list("NLST a?")).isEqualTo("a?/in\r\n");
        }
    }

    @Test
    void modesAreShownAndChangedIfTheAccountKeepsThem() throws Exception {
        gateway.changeAccount(Set.of(AccountOption.POSIX_ATTRIBUTES), Account.UNLIMITED);
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/file", new byte[77]);
            ftp.command("SITE CHMOD 750 /file", 200);
            assertThat(ftp.list("LIST")).startsWith("-rwxr-x--- ");
            assertThat(ftp.list("MLSD")).contains("perm=rwdf;UNIX.mode=0750; file");
            ftp.command("SITE CHMOD 750 /absent", 550);
            ftp.command("MKD /dir", 257);
            ftp.command("SITE CHMOD 2711 /dir", 200);
            assertThat(ftp.list("LIST").lines()).anyMatch(line -> line.startsWith("drwx--s--x "));
        }
    }

    @Test
    void factsAgreeEverywhere() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", new byte[77]);
            ftp.command("MKD /dir", 257);
            ftp.command("MFMT 20200102030405 /file", 213);
            assertThat(ftp.command("MDTM /file", 213)).isEqualTo("213 20200102030405\n");
            assertThat(ftp.list("MLSD").lines())
                    .contains("type=file;size=77;modify=20200102030405;perm=rwdf; file")
                    .anyMatch(line -> line.matches("type=dir;modify=\\d{14};perm=elcmpdf; dir"));
            assertThat(ftp.command("MLST /file", 250))
                    .isEqualTo("250-Facts:\n type=file;size=77;modify=20200102030405;perm=rwdf; /file\n250 End\n");
            ftp.command("MDTM 20210102030405 /file", 213);
            assertThat(ftp.list("MLSD /")).contains("modify=20210102030405");
            ftp.command("OPTS MLST size;frob;", 200);
            assertThat(ftp.list("MLSD").lines()).contains("size=77; file", " dir");
            ftp.passivePort();
            ftp.command("MLSD /file", 550);
        }
    }

    @Test
    void aLeadingTimeIsPartOfTheNameIfSuchAFileExists() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/20200102030405 report", new byte[1]);
            ftp.store("/report", new byte[1]);
            ftp.command("CWD /", 250);
            assertThat(ftp.command("MDTM 20200102030405 report", 213)).doesNotContain("Modify");
            assertThat(ftp.command("MDTM report", 213)).doesNotContain("20200102030405");
        }
    }

    @Test
    void namesWithLineEndsAreOmitted() throws Exception {
        for (String name : List.of("evil\r\ntype=file;size=1; forged", "bare\rreturn", "bare\nfeed", "fine")) {
            try (FileUpload upload = gateway.open().create(VirtualPath.ROOT.child(name), CreateMode.NEW)) {
                upload.write(0, ByteBuffer.wrap(new byte[] {1}));
                upload.commit();
            }
        }
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            for (String command : List.of("LIST", "NLST", "MLSD")) {
                assertThat(ftp.list(command).split("\r\n", -1)).hasSize(2);
                assertThat(ftp.list(command)).doesNotContain("forged").contains("fine");
            }
            assertThat(ftp.command("STAT /", 213)).doesNotContain("forged").contains("fine");
        }
    }

    @Test
    void largeDirectoriesAreListedCompletely() throws Exception {
        int count = 1200;
        try (ExecutorService executor = Executors.newFixedThreadPool(16)) {
            List<Future<?>> created = IntStream.range(0, count)
                    .<Future<?>>mapToObj(i -> executor.submit(() -> {
                        try (FileUpload upload = gateway.open()
                                .create(VirtualPath.ROOT.child("file with a longer name " + i), CreateMode.NEW)) {
                            upload.commit();
                        }
                        return i;
                    }))
                    .toList();
            for (Future<?> each : created) {
                each.get();
            }
        }
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            for (String command : List.of("LIST", "NLST", "MLSD")) {
                assertThat(ftp.list(command).lines().distinct()).hasSize(count);
            }
            ftp.command("STAT /", 504);
        }
    }

    // ---- outages

    @Test
    void outageIsNeitherAnEmptyDirectoryNorAMissingFile() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", new byte[1]);
            store.refuse();
            // The root is cached for a moment, so an upload there fails only at its end.
            for (String command :
                    List.of("LIST", "NLST", "MLSD", "LIST /x", "LIST *", "RETR /file", "STOR /x/file", "APPE /file")) {
                ftp.passivePort();
                ftp.command(command, 451);
            }
            for (String command : List.of(
                    "SIZE /file",
                    "MDTM /file",
                    "MLST /file",
                    "STAT /file",
                    "CWD /x",
                    "DELE /file",
                    "RNFR /file",
                    "MKD /dir",
                    "RMD /dir",
                    "MFMT 20200102030405 /file",
                    "MDTM 20200102030405 /file")) {
                ftp.command(command, 451);
            }
            store.pass();
            assertThat(ftp.list("NLST")).isEqualTo("file\r\n");
        }
    }

    @Test
    void listingThatFailsInTheMiddleIsAFailure() throws Exception {
        for (boolean tls : new boolean[] {true, false}) {
            try (FtpConnection ftp = tls ? FtpConnection.secure(gateway) : FtpConnection.plainLogin(gateway)) {
                ftp.store("/a", new byte[1]);
                ftp.store("/b", new byte[1]);
                gateway.files().failAfterPages(1);
                for (String command : List.of("LIST", "NLST", "MLSD")) {
                    Socket data = ftp.openData();
                    ftp.command(command, 150);
                    if (tls) {
                        SSLSocket secured = ftp.secure(data);
                        assertThat(ftp.expect(451)).contains("gone");
                        secured.close();
                    } else {
                        assertThat(ftp.expect(451)).contains("gone");
                        data.close();
                    }
                }
            }
        }
    }

    @Test
    void listingThatFailsAtOnceIsNotStarted() throws Exception {
        gateway.files().failAfterPages(0);
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            for (String command : List.of("LIST", "NLST", "MLSD")) {
                ftp.passivePort();
                ftp.command(command, 451);
            }
        }
    }
}
