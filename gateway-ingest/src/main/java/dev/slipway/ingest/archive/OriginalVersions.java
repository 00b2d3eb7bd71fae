package dev.slipway.ingest.archive;

import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What has become of archived files, and their deletion. All calls block for the store. */
final class OriginalVersions {
    private static final int AT_ONCE = 16;
    private static final int PAGE = 512;

    private final ArchiveRun.Parts parts;
    private final JobRun run;

    OriginalVersions(ArchiveRun.Parts parts, JobRun run) {
        this.parts = parts;
        this.run = run;
    }

    /** Hides members whose originals are gone, or are other versions by now. To be called before any is deleted. */
    void hideChanged(List<ArchiveMember> members) throws IOException, JobStoppedException {
        for (int from = 0; from < members.size(); from += PAGE) {
            List<ArchiveMember> page = members.subList(from, Math.min(members.size(), from + PAGE));
            run.throwIfStopped();
            Map<ObjectKey, ObjectInfo> present = look(page);
            parts.table()
                    .hide(page.stream()
                            .filter(member -> !isSame(member, present))
                            .map(ArchiveMember::key)
                            .toList());
        }
    }

    /** Hides members at whose keys there is an object: it is no original. */
    void hideReplaced(List<ArchiveMember> members) throws IOException, JobStoppedException {
        for (int from = 0; from < members.size(); from += PAGE) {
            run.throwIfStopped();
            parts.table()
                    .hide(look(members.subList(from, Math.min(members.size(), from + PAGE)))
                            .keySet());
        }
    }

    /** Deletes the originals of members, unless they are other versions by now. Those that are gone are no error. */
    void deleteMembers(List<ArchiveMember> members) throws IOException, JobStoppedException {
        for (int from = 0; from < members.size(); from += PAGE) {
            List<ArchiveMember> page = members.subList(from, Math.min(members.size(), from + PAGE));
            run.throwIfStopped();
            run.progress("deleting", 0, -1, from, members.size());
            Map<ObjectKey, ObjectInfo> present = look(page);
            List<ObjectInfo> same = new ArrayList<>();
            List<ObjectKey> replaced = new ArrayList<>();
            for (ArchiveMember member : page) {
                ObjectInfo there = present.get(member.key());
                if (there != null && isSame(member, present)) {
                    same.add(there);
                } else if (there != null) {
                    replaced.add(member.key());
                }
            }
            parts.table().hide(replaced);
            delete(same);
        }
    }

    /**
     * Deletes versions that are in an archive, unless they are replaced by then.
     *
     * @param versions of one bucket, as just looked up
     */
    void delete(List<ObjectInfo> versions) throws IOException {
        if (versions.isEmpty()) {
            return;
        }
        List<ObjectKey> replaced = parts.store().deleteUnchanged(versions);
        parts.table().hide(replaced);
        List<ObjectKey> deleted =
                new ArrayList<>(versions.stream().map(ObjectInfo::key).toList());
        deleted.removeAll(new HashSet<>(replaced));
        parts.attributes().remove(deleted);
    }

    private static boolean isSame(ArchiveMember member, Map<ObjectKey, ObjectInfo> present) {
        ObjectInfo there = present.get(member.key());
        return there != null && there.version().equals(member.version());
    }

    /** Looks objects up, several at once. */
    private Map<ObjectKey, ObjectInfo> look(List<ArchiveMember> members) throws IOException {
        Map<ObjectKey, ObjectInfo> present = new HashMap<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofVirtual().name("archive").factory())) {
            List<Future<Optional<ObjectInfo>>> looks = new ArrayList<>();
            for (ArchiveMember member : members) {
                looks.add(threads.submit(() -> parts.store().head(member.key())));
            }
            for (Future<Optional<ObjectInfo>> look : looks) {
                look.get().ifPresent(object -> present.put(object.key(), object));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
        return present;
    }
}
