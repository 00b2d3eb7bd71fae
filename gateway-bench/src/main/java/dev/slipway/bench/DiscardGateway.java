package dev.slipway.bench;

import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.LoginLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.sftp.SftpServer;
import dev.slipway.sftp.SftpSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A process that serves {@link DiscardStore} as {@code slipway serve} would serve a bucket. */
final class DiscardGateway {
    private DiscardGateway() {}

    /**
     * Serves until the process ends. The arguments: a folder for the state, the SFTP port, the FTPS control port, the
     * first and last passive port, name and password of the account, and its public key as a line of {@code
     * authorized_keys}.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.setProperty("logback.configurationFile", "slipway-logback.xml");
        Path state = Files.createDirectories(Path.of(arguments[0]));
        Account account = new Account(
                arguments[5],
                List.of(new Mount(VirtualPath.ROOT, "discard", "", false)),
                EnumSet.allOf(Permission.class));
        AccountEntry entry = AccountEntry.of(
                account,
                PasswordHash.of(arguments[6].toCharArray()),
                List.of(AuthorizedKey.of(SshKeys.parsePublic(arguments[7]), "benchmark")));
        Events events = new Events();
        Sessions sessions = new Sessions(events, Clock.systemUTC());
        try (StateDatabase database = StateDatabase.open(state.resolve("slipway.db"));
                AccountDirectory accounts = new AccountDirectory(
                        List.of(entry), new AccountTable(database), LoginLimits.DEFAULTS, Clock.systemUTC(), events);
                DiscardStore store = new DiscardStore();
                ObjectFileSystems fileSystems = ObjectFileSystems.builder(store, new AttributeTable(database))
                        .current(accounts::current)
                        .events(events)
                        .build();
                SftpServer sftp = new SftpServer(
                        SftpSettings.builder()
                                .set("bind", "127.0.0.1")
                                .set("port", arguments[1])
                                .set("maxSessions", 5000)
                                .set("maxUnauthenticatedPerAddress", 300)
                                .build(),
                        accounts.over(Protocol.SFTP),
                        sessions,
                        fileSystems,
                        HostKeys.openOrCreate(state.resolve("ssh")));
                FtpsServer ftps = new FtpsServer(
                        FtpsSettings.builder()
                                .set("bind", "127.0.0.1")
                                .set("explicitPort", arguments[2])
                                .set("passivePorts", arguments[3] + "-" + arguments[4])
                                .set("maxSessions", 5000)
                                .set("maxUnauthenticatedPerAddress", 300)
                                .build(),
                        accounts.over(Protocol.FTPS),
                        sessions,
                        fileSystems,
                        TlsIdentities.follow(
                                DevelopmentCa.openOrCreate(state.resolve("tls")).server("server", List.of("localhost")),
                                null))) {
            accounts.start();
            ftps.start();
            sftp.start();
            // Runs until a signal ends it.
            new CountDownLatch(1).await();
        }
    }
}
