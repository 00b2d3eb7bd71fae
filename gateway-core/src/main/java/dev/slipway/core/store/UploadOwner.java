package dev.slipway.core.store;

/**
 * For whom an object is written, and what may become of it if its client is cut off.
 *
 * @param account whose upload it is: no account has more than half of the memory while another waits for some
 * @param resumable whether the account can go on with it later: the journal then knows of it soon after its start, and
 *     {@link ObjectWriter#suspend} keeps what the store has
 * @param exclusive whether it is for a file that did not exist; kept for whoever goes on with it
 */
public record UploadOwner(String account, boolean resumable, boolean exclusive) {
    /** No account in particular; nobody goes on with it. */
    public static final UploadOwner NOBODY = new UploadOwner("", false, false);

    public UploadOwner {
        if (resumable && account.isEmpty()) {
            throw new IllegalArgumentException("nobody cannot go on with an upload");
        }
    }
}
