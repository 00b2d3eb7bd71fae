package dev.slipway.core.vfs;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Origin;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Work of the gateway's own that stores files from elsewhere or changes stored ones, such as the pull {@code invoices}. It has an account of
 * its own, {@code pull:invoices}, to which its interrupted uploads and its share of the memory belong. Nobody can log in
 * to such an account: names of accounts have no colon.
 *
 * @param origin what kind of work it is; not a protocol
 * @param name its name in the configuration
 */
public record OwnWork(Origin origin, String name) {
    private static final char SEPARATOR = ':';
    private static final Set<Origin> KINDS =
            EnumSet.of(Origin.PULL, Origin.WATCH, Origin.RULE, Origin.ARCHIVE, Origin.RETENTION);

    public OwnWork {
        if (!KINDS.contains(origin)) {
            throw new IllegalArgumentException("no work of the gateway's own: " + origin);
        }
        if (name.isBlank()) {
            throw new IllegalArgumentException("the name is blank");
        }
    }

    /** Whether an account is that of such work, whether or not the configuration still has it. */
    public static boolean hasAccount(String account) {
        return KINDS.stream().anyMatch(kind -> account.startsWith(prefix(kind)));
    }

    private static String prefix(Origin kind) {
        return kind.name().toLowerCase(Locale.ROOT) + SEPARATOR;
    }

    /** The name of its account. */
    public String accountName() {
        return prefix(origin) + name;
    }

    /**
     * Its account, which may do everything there, and whose uploads can be resumed.
     *
     * @param mounts where it stores files, at least one
     */
    public Account account(List<Mount> mounts) {
        return new Account(
                accountName(),
                mounts.stream()
                        .map(mount -> new Mount(mount.path(), mount.bucket(), mount.prefix(), false))
                        .toList(),
                EnumSet.allOf(Permission.class),
                Set.of(),
                Account.UNLIMITED,
                ResumePolicy.STAT);
    }

    /**
     * What its events name as their cause.
     *
     * @param run identifies its run, or the gateway's
     */
    public Client client(String run) {
        return new Client(run, origin, InetAddress.getLoopbackAddress(), accountName());
    }
}
