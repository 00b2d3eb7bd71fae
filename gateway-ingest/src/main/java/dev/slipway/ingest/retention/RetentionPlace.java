package dev.slipway.ingest.retention;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.ObjectFileSystems.Location;
import dev.slipway.transfer.job.JobException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a bucket.
 *
 * @param prefix the beginning of its keys; empty, or ending with a slash
 */
record RetentionPlace(String bucket, String prefix) {
    /** Finds places. */
    record Finder(
            Function<String, Optional<Account>> accounts,
            @Nullable String defaultBucket) {
        /**
         * The place of a folder of an account, or of a prefix of a bucket. May block for the state database.
         *
         * @throws JobException there is no such account or folder, or no bucket is named
         */
        RetentionPlace find(
                @Nullable String account, @Nullable String folder, @Nullable String bucket, @Nullable String prefix)
                throws JobException {
            if (account != null) {
                return folder(account, Objects.requireNonNullElse(folder, "/"));
            }
            String named = bucket == null ? defaultBucket : bucket;
            if (named == null) {
                throw JobException.permanent("a bucket is not named, and s3.bucket is not set");
            }
            return new RetentionPlace(named, Objects.requireNonNullElse(prefix, ""));
        }

        private RetentionPlace folder(String name, String folder) throws JobException {
            try {
                Account account = accounts.apply(name)
                        .orElseThrow(() -> JobException.permanent("there is no account '" + name + "'"));
                VirtualPath path = VirtualPath.parse(folder);
                if (account.mounts().stream()
                        .anyMatch(mount ->
                                mount.path().startsWith(path) && !mount.path().equals(path))) {
                    throw JobException.permanent("other mounts of the account " + name + " lie below " + folder
                            + ": a task is about the files of one mount");
                }
                Location location = ObjectFileSystems.locate(account, path)
                        .orElseThrow(
                                () -> JobException.permanent("no mount of the account " + name + " shows " + folder));
                String key = location.key();
                return new RetentionPlace(location.bucket(), key.isEmpty() || key.endsWith("/") ? key : key + "/");
            } catch (VfsException e) {
                throw JobException.permanent(String.valueOf(e.getMessage()), e);
            } catch (IllegalStateException e) {
                throw JobException.temporary(String.valueOf(e.getMessage()), e);
            }
        }
    }

    boolean contains(String otherBucket, String key) {
        return bucket.equals(otherBucket) && key.startsWith(prefix);
    }
}
