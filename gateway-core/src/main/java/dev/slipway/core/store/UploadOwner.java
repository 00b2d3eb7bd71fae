package dev.slipway.core.store;

import org.jspecify.annotations.Nullable;

/**
 * For whom an object is written, and what may become of it if its client is cut off.
 *
 * @param account whose upload it is; see {@link PartPool#admit} for its share of the memory
 * @param resumable whether the account can go on with it later: the journal then knows of it soon after its start, and
 *     {@link ObjectWriter#suspend} keeps what the store has
 * @param exclusive whether it is for a file that did not exist; kept for whoever goes on with it
 * @param base the version that it changes, or null if it keeps nothing of what is there; kept likewise
 */
public record UploadOwner(
        String account,
        boolean resumable,
        boolean exclusive,
        @Nullable BaseVersion base) {
    /** No account in particular; nobody goes on with it. */
    public static final UploadOwner NOBODY = new UploadOwner("", false, false);

    public UploadOwner {
        if (resumable && account.isEmpty()) {
            throw new IllegalArgumentException("nobody cannot go on with an upload");
        }
    }

    /** One that keeps nothing of what is there. */
    public UploadOwner(String account, boolean resumable, boolean exclusive) {
        this(account, resumable, exclusive, null);
    }

    /** The same, with which nobody can go on. */
    public UploadOwner withoutResume() {
        return new UploadOwner(account, false, exclusive, base);
    }
}
