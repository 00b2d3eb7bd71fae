package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.job.Retries;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An order for a push.
 *
 * @param source {@code BUCKET:KEY}; {@code BUCKET:PREFIX/} or a key with {@code *}, {@code ?} or {@code **} for several
 *     objects; {@code ACCOUNT@/PATH} for a path as an account sees it; or the URL ({@code https://…}) of something that
 *     can be fetched
 * @param versionId a version of the object; null for the newest one
 * @param etag the ETag, quotes included, of the version that is meant: if the object is another by the time that it would be
 *     sent, the push fails for good. Null for any; only for a single object
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
 * @param retries likewise; what is null in it is as the settings have it
 * @param authority on whose behalf
 * @param resources what its job takes while it runs, besides its remote
 * @param allowEmpty whether a prefix or pattern may match nothing; without it, such an order fails
 */
public record PushOrder(
        String source,
        @Nullable String versionId,
        @Nullable String etag,
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
        Retries retries,
        Authority authority,
        Set<Resource> resources,
        boolean allowEmpty) {
    public PushOrder {
        resources = Set.copyOf(resources);
        headers = Map.copyOf(headers);
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /** An order of an administrator with required values only: one object, into a folder that exists, nothing replaced. */
    public static PushOrder of(String source, String destination, String submitter) {
        return builder(source, destination, submitter).build();
    }

    /** An order of an administrator. What is not set has the value of {@link #of}. */
    public static Builder builder(String source, String destination, String submitter) {
        return new Builder(source, destination, submitter);
    }

    /** Without possible secrets: the source may be a signed URL. */
    @Override
    public String toString() {
        return "PushOrder[destination=" + destination + ", submitter=" + submitter + ", correlation=" + correlation
                + "]";
    }

    /** Collects the parts of an order; {@link PushOrder} describes each. Not safe for use by several threads. */
    public static final class Builder {
        private final String source;
        private final String destination;
        private final String submitter;
        private @Nullable String versionId;
        private @Nullable String etag;
        private Map<String, String> headers = Map.of();
        private @Nullable Remote remote;
        private List<String> include = List.of();
        private List<String> exclude = List.of();
        private boolean newer;
        private boolean overwrite;
        private boolean makeFolders;
        private @Nullable TransferMode mode;
        private int priority;
        private @Nullable Instant deadline;
        private String correlation = "";
        private @Nullable String id;
        private Retries retries = Retries.USUAL;
        private Authority authority = new Authority.Administrator();
        private Set<Resource> resources = Set.of();
        private boolean allowEmpty;

        private Builder(String source, String destination, String submitter) {
            this.source = source;
            this.destination = destination;
            this.submitter = submitter;
        }

        /** A version of the object; null for the newest one. */
        public Builder versionId(@Nullable String value) {
            versionId = value;
            return this;
        }

        /** The ETag of the version that is meant; null for any. */
        public Builder etag(@Nullable String value) {
            etag = value;
            return this;
        }

        /** Sent with the requests to a URL. */
        public Builder headers(Map<String, String> values) {
            headers = values;
            return this;
        }

        /** An unnamed remote; the destination is then only the path. */
        public Builder remote(@Nullable Remote value) {
            remote = value;
            return this;
        }

        /** Only objects that match one of these patterns; empty for all. */
        public Builder include(List<String> patterns) {
            include = patterns;
            return this;
        }

        /** Excludes objects that match one of these patterns. */
        public Builder exclude(List<String> patterns) {
            exclude = patterns;
            return this;
        }

        /** Whether to send only versions that no earlier order of this kind has sent. */
        public Builder newer(boolean value) {
            newer = value;
            return this;
        }

        /** Whether to replace an existing file. */
        public Builder overwrite(boolean value) {
            overwrite = value;
            return this;
        }

        /** Whether to create missing folders. */
        public Builder makeFolders(boolean value) {
            makeFolders = value;
            return this;
        }

        /** The transfer mode; null for the remote's own. */
        public Builder mode(@Nullable TransferMode value) {
            mode = value;
            return this;
        }

        /** The priority, -100 to 100. */
        public Builder priority(int value) {
            priority = value;
            return this;
        }

        /** When to give up; null for the deadline of the settings. */
        public Builder deadline(@Nullable Instant value) {
            deadline = value;
            return this;
        }

        /** The submitter's own id for it; may be empty. */
        public Builder correlation(String value) {
            correlation = value;
            return this;
        }

        /** The job's id; null for a random one. Submitting the same order twice creates one job. */
        public Builder id(@Nullable String value) {
            id = value;
            return this;
        }

        /** How it is retried; what is null in it is as the settings have it. */
        public Builder retries(Retries value) {
            retries = value;
            return this;
        }

        /** On whose behalf the push is done. */
        public Builder authority(Authority value) {
            authority = value;
            return this;
        }

        /** What its job takes while it runs, besides its remote. */
        public Builder resources(Set<Resource> values) {
            resources = values;
            return this;
        }

        /** Whether a prefix or pattern may match nothing. */
        public Builder allowEmpty(boolean value) {
            allowEmpty = value;
            return this;
        }

        /** The order. */
        public PushOrder build() {
            return new PushOrder(
                    source,
                    versionId,
                    etag,
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
                    retries,
                    authority,
                    resources,
                    allowEmpty);
        }
    }
}
