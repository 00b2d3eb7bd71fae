package dev.slipway.core.store;

import org.jspecify.annotations.Nullable;

/**
 * The account for which an object is written, and what happens to the upload if it is interrupted.
 *
 * @param account the account that uploads; see {@link PartPool#admit} for its share of the memory
 * @param resumable whether the account can resume it later: the journal then records it soon after its start, and
 *     {@link ObjectWriter#suspend} keeps what the store has
 * @param exclusive whether the file must not exist; still holds after the upload is resumed
 * @param base the version that it changes, or null if it retains nothing; also kept for a resumed upload
 */
public record UploadOwner(
        String account,
        boolean resumable,
        boolean exclusive,
        @Nullable BaseVersion base) {
    /** No account; the upload cannot be resumed. */
    public static final UploadOwner NOBODY = new UploadOwner("", false, false);

    public UploadOwner {
        if (resumable && account.isEmpty()) {
            throw new IllegalArgumentException("an upload without an account cannot be resumed");
        }
    }

    /** An owner whose upload retains nothing of an existing object. */
    public UploadOwner(String account, boolean resumable, boolean exclusive) {
        this(account, resumable, exclusive, null);
    }

    /** The same owner of an upload that cannot be resumed. */
    public UploadOwner withoutResume() {
        return new UploadOwner(account, false, exclusive, base);
    }
}
