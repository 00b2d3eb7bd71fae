package dev.slipway.ingest.target;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens the targets of tasks. Thread-safe. */
public final class Targets {
    private final ObjectFileSystems fileSystems;
    private final Function<String, Optional<Account>> accounts;
    private final @Nullable String defaultBucket;

    /**
     * Targets of a gateway.
     *
     * @param accounts finds accounts; may block for the state database
     * @param defaultBucket the bucket of targets that name none; null if there is none
     */
    public Targets(
            ObjectFileSystems fileSystems,
            Function<String, Optional<Account>> accounts,
            @Nullable String defaultBucket) {
        this.fileSystems = fileSystems;
        this.accounts = accounts;
        this.defaultBucket = defaultBucket;
    }

    /**
     * Opens a target, with the account's mounts as they are now. Blocks for the state database, and makes no request to
     * the store.
     *
     * @param run identifies the run in events
     * @throws TargetException the account does not exist any more, or there is no bucket
     */
    public OpenTarget open(TargetSettings settings, OwnWork work, String run) throws TargetException {
        List<Mount> mounts = mounts(settings);
        try {
            return new OpenTarget(
                    fileSystems.open(work.account(mounts), work.client(run)),
                    VirtualPath.parse(Objects.requireNonNullElse(settings.folder(), "/")),
                    settings.account(),
                    KeyTemplate.parse(settings.key()));
        } catch (VfsException | IllegalArgumentException e) {
            throw new TargetException("the target of " + work.accountName() + " is invalid: " + e.getMessage(), e);
        }
    }

    /** A target for people, in the form of the sources of pushes: {@code files:pulled/} or {@code anna@/in}. */
    public String describe(TargetSettings settings) {
        if (settings.account() != null) {
            return settings.account() + "@" + Objects.requireNonNullElse(settings.folder(), "/");
        }
        String bucket = settings.bucket() == null ? defaultBucket : settings.bucket();
        return Objects.requireNonNullElse(bucket, "") + ":" + Objects.requireNonNullElse(settings.prefix(), "");
    }

    private List<Mount> mounts(TargetSettings settings) throws TargetException {
        String name = settings.account();
        if (name != null) {
            return accounts.apply(name)
                    .orElseThrow(() -> new TargetException(
                            "there is no account '" + name + "', in whose folder the files are to be stored", null))
                    .mounts();
        }
        String bucket = settings.bucket() == null ? defaultBucket : settings.bucket();
        if (bucket == null) {
            throw new TargetException("the target names no bucket, and s3.bucket is not set", null);
        }
        return List.of(new Mount(VirtualPath.ROOT, bucket, Objects.requireNonNullElse(settings.prefix(), ""), false));
    }
}
