package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the manifests of archives to the server, or to the fallback bucket, for one run of a job. The end of the run
 * ends what is being sent.
 */
final class ManifestDelivery {
    private static final Logger log = LoggerFactory.getLogger(ManifestDelivery.class);

    private static final int PAGE = 500;

    /** After so many failures in a row, the server is asked whether it works at all. */
    private static final int MOST_FAILURES = 3;

    private final Parts parts;
    private final JobRun run;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /** What a stopped run closes. */
    private volatile @Nullable AutoCloseable open;

    /**
     * What all deliveries share.
     *
     * @param server null if there is none: then there are no manifests
     * @param fallback null if there is none
     */
    record Parts(
            ManifestSettings settings,
            @Nullable ManifestServer server,
            @Nullable FallbackBucket fallback,
            ManifestTable table,
            ArchiveTable archives,
            ManifestCounters counters) {}

    ManifestDelivery(Parts parts, JobRun run) {
        this.parts = parts;
        this.run = run;
        run.onStop(() -> {
            stopped.countDown();
            close(open);
        });
    }

    private static void close(@Nullable AutoCloseable resource) {
        if (resource != null) {
            try {
                resource.close();
            } catch (Exception e) {
                log.debug("What a stopped run has sent could not be ended", e);
            }
        }
    }

    /** Whether the originals of an archive may be deleted, as far as its manifest is concerned. Blocks for the database. */
    boolean isSafe(UUID archive) {
        return parts.server() == null
                || parts.table()
                        .find(archive)
                        .map(waiting -> waiting.object() != null)
                        .orElse(true);
    }

    /**
     * Delivers the manifest of a recorded archive, unless that is done. Blocks for the server, the store and the database.
     * May be repeated.
     *
     * @param members all of the archive, in their order
     * @return whether it is safe: on the server, or in the fallback bucket
     */
    boolean deliver(Archive archive, Iterable<ArchiveMember> members) throws JobStoppedException {
        ManifestServer server = parts.server();
        WaitingManifest waiting = parts.table().find(archive.id()).orElse(null);
        if (server == null || waiting == null || waiting.object() != null) {
            return true;
        }
        run.progress("sending the manifest", 0, -1, 0, archive.members());
        IOException failure;
        try (ManifestServer.Connection connection = opened(server.connect())) {
            send(connection, archive, members.iterator());
            return true;
        } catch (IOException e) {
            failure = e;
        } finally {
            open = null;
        }
        run.throwIfStopped();
        parts.counters().failed();
        return fallBack(archive, members, failure);
    }

    private boolean fallBack(Archive archive, Iterable<ArchiveMember> members, IOException reason)
            throws JobStoppedException {
        FallbackBucket fallback = parts.fallback();
        String problem = String.valueOf(reason.getMessage());
        if (fallback == null) {
            log.warn("The manifest of archive {} waits, and so the originals stay: {}", archive.id(), problem);
            parts.table().fail(archive.id(), problem);
            return false;
        }
        try {
            ObjectKey object = fallback.store(
                    archive,
                    ManifestEntries.index(parts.settings(), archive),
                    entries(archive, members.iterator()),
                    run.job().id(),
                    this::opened);
            parts.table().keep(archive.id(), object, problem);
            parts.counters().fellBack();
            log.warn("The manifest of archive {} waits in the bucket {}: {}", archive.id(), fallback.name(), problem);
            return true;
        } catch (IOException e) {
            run.throwIfStopped();
            log.warn(
                    "The manifest of archive {} waits, and so the originals stay: {}; nor can the bucket {} be written: {}",
                    archive.id(),
                    problem,
                    fallback.name(),
                    e.getMessage());
            parts.table().fail(archive.id(), problem + "; and in the fallback bucket: " + e.getMessage());
            return false;
        } finally {
            open = null;
        }
    }

    /** Makes the end of the run close something, also if the run has ended before. */
    private <T extends AutoCloseable> T opened(T resource) {
        open = resource;
        if (stopped.getCount() == 0) {
            close(resource);
        }
        return resource;
    }

    private ManifestEntries entries(Archive archive, Iterator<ArchiveMember> members) {
        return new ManifestEntries(parts.settings(), archive, members);
    }

    private void send(ManifestServer.Connection connection, Archive archive, Iterator<ArchiveMember> members)
            throws IOException, JobStoppedException {
        ManifestPages pages = new ManifestPages(
                connection, ManifestEntries.index(parts.settings(), archive), archive.id(), run, stopped);
        ManifestEntries entries = entries(archive, members);
        while (entries.hasNext()) {
            pages.add(entries.next());
        }
        parts.counters().stored(pages.finish());
        parts.table().delete(archive.id());
    }

    /**
     * What became of the manifests that waited.
     *
     * @param sent how many the server has stored
     * @param unusable how many it will never store as they are
     * @param firstUnusable why, of the first one of these; empty if there is none
     * @param failed how many could not be sent now
     * @param firstFailure likewise
     */
    record Sent(int sent, int unusable, String firstUnusable, int failed, String firstFailure) {}

    /**
     * Sends all manifests that wait, and forgets those that the server has stored. One that cannot be sent does not delay
     * others. Blocks for the server, the store and the database.
     *
     * @throws JobException the store fails, or the server does not work
     */
    Sent sendWaiting() throws JobException, JobStoppedException {
        ManifestServer server = parts.server();
        if (server == null) {
            throw JobException.permanent("manifest.url is not set");
        }
        try (ManifestServer.Connection connection = opened(server.connect())) {
            Sending sending = new Sending(connection, parts.fallback());
            sending.sendListed();
            sending.sendRecorded();
            return new Sent(
                    sending.sent, sending.unusable, sending.firstUnusable, sending.failed, sending.firstFailure);
        } catch (IOException e) {
            run.throwIfStopped();
            throw JobException.temporary(String.valueOf(e.getMessage()), e);
        } finally {
            open = null;
        }
    }

    /** Goes through what waits. */
    private final class Sending {
        private final ManifestServer.Connection connection;
        private final @Nullable FallbackBucket fallback;
        private int sent;
        private int unusable;
        private String firstUnusable = "";
        private int failed;
        private String firstFailure = "";
        private int failedInARow;

        Sending(ManifestServer.Connection connection, @Nullable FallbackBucket fallback) {
            this.connection = connection;
            this.fallback = fallback;
        }

        /** Sends what is in the fallback bucket, also of archives that the database does not know. */
        void sendListed() throws IOException, JobStoppedException {
            FallbackBucket bucket = fallback;
            if (bucket == null) {
                return;
            }
            @Nullable String cursor = null;
            do {
                FallbackBucket.Page page = bucket.list(cursor);
                for (FallbackBucket.Kept manifest : page.manifests()) {
                    attempt(manifest.archive(), () -> {
                        sendKept(bucket, manifest);
                        return true;
                    });
                }
                cursor = page.next();
            } while (cursor != null);
        }

        /** Sends what only the database says is to be sent. */
        void sendRecorded() throws IOException, JobStoppedException {
            List<WaitingManifest> page = parts.table().list(null, PAGE);
            while (!page.isEmpty()) {
                for (WaitingManifest waiting : page) {
                    attempt(waiting.archive(), () -> sendRecorded(waiting));
                }
                page = parts.table().list(page.getLast().archive(), PAGE);
            }
        }

        private boolean sendRecorded(WaitingManifest waiting) throws IOException, JobStoppedException {
            Archive archive = parts.archives().archive(waiting.archive()).orElse(null);
            if (archive == null) {
                return false;
            }
            ObjectKey object = waiting.object();
            if (object != null && fallback != null) {
                FallbackBucket.Kept kept = fallback.find(object);
                if (kept != null && fallback.lists(kept)) {
                    // It was tried with the others in the bucket.
                    return false;
                }
                if (kept != null) {
                    // The settings had another bucket or another prefix when it was stored.
                    sendKept(fallback, kept);
                    return true;
                }
            }
            send(connection, archive, new RecordedMembers(parts.archives(), archive.id()));
            return true;
        }

        private void sendKept(FallbackBucket bucket, FallbackBucket.Kept manifest)
                throws IOException, JobStoppedException {
            try (FallbackBucket.Lines lines = bucket.read(manifest)) {
                ManifestPages pages = new ManifestPages(connection, manifest.index(), manifest.archive(), run, stopped);
                for (String line = lines.next(); line != null; line = lines.next()) {
                    pages.add(line);
                }
                parts.counters().stored(pages.finish());
            }
            parts.table().delete(manifest.archive());
            bucket.delete(manifest);
        }

        private void attempt(UUID archive, Step step) throws IOException, JobStoppedException {
            try {
                if (step.isSent()) {
                    sent++;
                    failedInARow = 0;
                }
            } catch (UnusableManifestException e) {
                String reason = failure(archive, e);
                firstUnusable = unusable++ == 0 ? reason : firstUnusable;
            } catch (IOException e) {
                run.throwIfStopped();
                String reason = failure(archive, e);
                firstFailure = failed++ == 0 ? reason : firstFailure;
                requireService(e);
            }
            run.progress("sending manifests", 0, -1, sent, -1);
        }

        /** Otherwise, the rest is left for later. */
        private void requireService(IOException failure) throws IOException {
            if (failure instanceof StoreException) {
                throw failure;
            }
            if (++failedInARow == MOST_FAILURES) {
                failedInARow = 0;
                if (connection.status() >= BulkAnswer.SERVER_ERROR) {
                    throw failure;
                }
            }
        }

        private String failure(UUID archive, IOException e) {
            String reason = String.valueOf(e.getMessage());
            log.warn("The manifest of archive {} waits: {}", archive, reason);
            parts.counters().failed();
            parts.table().fail(archive, reason);
            return reason;
        }
    }

    /** An attempt to send a manifest. */
    private interface Step {
        /** Sends it. False if there was nothing to send. */
        boolean isSent() throws IOException, JobStoppedException;
    }
}
