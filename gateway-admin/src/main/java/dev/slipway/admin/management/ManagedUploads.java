package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.InterruptedUpload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Interrupted uploads, which their accounts can resume. All calls block for the database and may come from any thread. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedUploads {
    private final UploadTable uploads;
    private final Principal principal;

    ManagedUploads(UploadTable uploads, Principal principal) {
        this.uploads = uploads;
        this.principal = principal;
    }

    /**
     * Interrupted uploads, oldest first.
     *
     * @param account only those of this account; null for all
     */
    public List<InterruptedUpload> list(@Nullable String account) throws ManagementException {
        principal.require(Right.SEE);
        return uploads.allInterrupted().stream()
                .filter(upload -> account == null || upload.owner().account().equals(account))
                .toList();
    }

    /**
     * Discards those of these uploads that exist. A running gateway frees their space within minutes.
     *
     * @return the ids of the discarded ones
     */
    public List<String> discard(Collection<String> ids) throws ManagementException {
        return discard(upload -> ids.contains(upload.id()));
    }

    /** Likewise, all of an account. */
    public List<String> discardAll(String account) throws ManagementException {
        return discard(upload -> upload.owner().account().equals(account));
    }

    private List<String> discard(Predicate<InterruptedUpload> wanted) throws ManagementException {
        principal.require(Right.DISCARD_UPLOADS);
        List<String> discarded = new ArrayList<>();
        for (InterruptedUpload upload : uploads.allInterrupted()) {
            if (wanted.test(upload) && uploads.discarded(upload.id())) {
                if (upload.uploadId().isEmpty()
                        && uploads.completion(upload.id()).isEmpty()) {
                    // The store knows nothing of it. Otherwise the sweeper finds out whether it has the file.
                    uploads.ended(upload.id());
                }
                discarded.add(upload.id());
            }
        }
        return discarded;
    }

    /**
     * Fails if some of the wanted uploads are not among the found ones.
     *
     * @throws ManagementException some are missing
     */
    public static void requireAll(Collection<String> wanted, Collection<String> found) throws ManagementException {
        ManagementException.throwIfMissing(Reason.UNKNOWN_UPLOAD, "interrupted upload", wanted, found);
    }
}
