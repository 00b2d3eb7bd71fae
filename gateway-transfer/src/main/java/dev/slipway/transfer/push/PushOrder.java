package dev.slipway.transfer.push;

import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An order for a push.
 *
 * @param source {@code BUCKET:KEY}; {@code BUCKET:PREFIX/} or a key with {@code *}, {@code ?} or {@code **} for several
 *     objects; {@code ACCOUNT@/PATH} for a path as an account sees it; or the URL ({@code https://…}) of something that
 *     can be fetched
 * @param versionId a version of the object; null for the newest one
 * @param headers sent with the requests to a URL; may hold secrets
 * @param destination {@code REMOTE:/PATH}; if the path ends with {@code /}, it is a folder, and the file keeps the
 *     source's name; only the path if {@code remote} is given
 * @param remote an unnamed remote; null for the one that the destination names
 * @param include only objects whose path below the prefix matches one of these patterns; empty for all
 * @param exclude excludes objects that match one of these patterns
 * @param newer only objects whose version no earlier order with this flag has sent from that source to that destination
 * @param overwrite whether to replace an existing file
 * @param makeFolders whether to create missing folders
 * @param mode null for the remote's own
 * @param priority see {@link dev.slipway.transfer.job.NewJob}
 * @param deadline likewise
 * @param submitter likewise
 * @param correlation likewise
 * @param id likewise
 * @param authority on whose behalf
 */
public record PushOrder(
        String source,
        @Nullable String versionId,
        Map<String, String> headers,
        String destination,
        @Nullable Remote remote,
        List<String> include,
        List<String> exclude,
        boolean newer,
        boolean overwrite,
        boolean makeFolders,
        @Nullable TransferMode mode,
        int priority,
        @Nullable Instant deadline,
        String submitter,
        String correlation,
        @Nullable String id,
        Authority authority) {
    public PushOrder {
        headers = Map.copyOf(headers);
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /** An order of an administrator. */
    public PushOrder(
            String source,
            @Nullable String versionId,
            Map<String, String> headers,
            String destination,
            @Nullable Remote remote,
            List<String> include,
            List<String> exclude,
            boolean newer,
            boolean overwrite,
            boolean makeFolders,
            @Nullable TransferMode mode,
            int priority,
            @Nullable Instant deadline,
            String submitter,
            String correlation,
            @Nullable String id) {
        this(
                source,
                versionId,
                headers,
                destination,
                remote,
                include,
                exclude,
                newer,
                overwrite,
                makeFolders,
                mode,
                priority,
                deadline,
                submitter,
                correlation,
                id,
                new Authority.Administrator());
    }

    /** Without possible secrets: the source may be a signed URL. */
    @Override
    public String toString() {
        return "PushOrder[destination=" + destination + ", submitter=" + submitter + ", correlation=" + correlation
                + "]";
    }

    /** An order with required values only. */
    public static PushOrder of(String source, String destination, String submitter) {
        return new PushOrder(
                source,
                null,
                Map.of(),
                destination,
                null,
                List.of(),
                List.of(),
                false,
                false,
                false,
                null,
                0,
                null,
                submitter,
                "",
                null);
    }
}
