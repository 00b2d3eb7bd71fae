package dev.slipway.ingest.archive;

import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Objects of a bucket. */
final class BucketSource implements FileSource {
    private static final int PAGE = 1000;

    private final String bucket;
    private final String beginning;
    private final String account;
    private final ArchiveRun.Parts parts;
    private final OriginalVersions originals;

    /** @param account that reads */
    BucketSource(String bucket, String beginning, String account, ArchiveRun.Parts parts, JobRun run) {
        this.bucket = bucket;
        this.beginning = beginning;
        this.account = account;
        this.parts = parts;
        this.originals = new OriginalVersions(parts, run);
    }

    @Override
    public String beginning() {
        return beginning;
    }

    @Override
    public Listing list(String folder, boolean foldersOnly) {
        return new Listing() {
            private @Nullable String cursor;
            private boolean ended;

            @Override
            public @Nullable Page next() throws IOException {
                if (ended) {
                    return null;
                }
                ObjectPage page = parts.store().list(bucket, folder, true, cursor, PAGE);
                cursor = page.next();
                ended = cursor == null;
                return new Page(page.objects(), page.prefixes());
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Set<ObjectKey> archived(List<ObjectInfo> files) {
        Map<ObjectKey, String> versions =
                parts.table().shownVersions(files.stream().map(ObjectInfo::key).toList());
        return files.stream()
                .filter(file -> file.version().equals(versions.get(file.key())))
                .map(ObjectInfo::key)
                .collect(Collectors.toSet());
    }

    @Override
    public Map<ObjectKey, Instant> times(List<ObjectInfo> files) {
        return parts.attributes().modified(files);
    }

    @Override
    public Contents read(List<ObjectInfo> files, Duration wait) throws StoreException {
        return Originals.reserve(parts.reads(), account, files, wait);
    }

    @Override
    public void hideChanged(List<ArchiveMember> members) throws IOException, JobStoppedException {
        originals.hideChanged(members);
    }

    @Override
    public void deleteMembers(List<ArchiveMember> members) throws IOException, JobStoppedException {
        originals.deleteMembers(members);
    }

    @Override
    public void delete(List<ObjectInfo> files) throws IOException {
        originals.delete(files);
    }
}
