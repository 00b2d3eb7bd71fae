package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.state.RenameTable.Phase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last phase of a directory's rename: deletes the sources or, to undo it, the copies. */
final class DirectoryDeletion {
    private static final Logger log = LoggerFactory.getLogger(DirectoryDeletion.class);
    private static final int PAGE = 1000;

    /** How far the store's clock may be from the gateway's: stores refuse requests of clocks that are much worse. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(15);

    private static final int NAMES_IN_LOG = 5;

    private final ObjectFileSystems shared;
    private final ObjectStore store;
    private final Renames renames;
    private final JournalledRename journal;

    DirectoryDeletion(ObjectFileSystems shared, ObjectStore store, Renames renames, JournalledRename journal) {
        this.shared = shared;
        this.store = store;
        this.renames = renames;
        this.journal = journal;
    }

    /** What one pass over a directory has found. */
    private static final class Pass {
        private long deleted;
        private long left;
        private final List<String> names = new ArrayList<>();
        private @Nullable StoreException refusal;

        void stays(ObjectKey key) {
            left++;
            if (names.size() < NAMES_IN_LOG) {
                names.add(key.key());
            }
        }
    }

    /**
     * Deletes the sources, in as many passes as it takes to find nothing more to delete.
     *
     * @return why the store has refused to delete some, which stay
     * @throws StoreException the store has failed; to be tried again
     */
    Optional<StoreException> deleteSources() throws StoreException {
        Pass pass;
        try (Departure _ = journal.isRecovered() ? renames.leave(journal.entry()) : () -> {}) {
            do {
                pass = deletePass();
            } while (pass.deleted > 0);
        }
        if (pass.left > 0) {
            log.warn(
                    "{} objects stay in {}: others changed them or their copies during the rename, or they cannot be"
                            + " deleted: {}{}",
                    pass.left,
                    journal.source(),
                    String.join(", ", pass.names),
                    pass.left > pass.names.size() ? ", …" : "");
        }
        return Optional.ofNullable(pass.refusal);
    }

    private Pass deletePass() throws StoreException {
        Pass pass = new Pass();
        PairedListing copies = new PairedListing(store, journal.target());
        String cursor = null;
        do {
            journal.requireOwn();
            ObjectPage page =
                    store.list(journal.source().bucket(), journal.source().key(), false, cursor, PAGE);
            Map<String, ObjectInfo> there = copies.of(JournalledRename.names(page, journal.source()));
            Map<Long, Long> noted = journal.sourcesOf(there.values());
            Map<ObjectInfo, Long> toDelete = new LinkedHashMap<>();
            for (ObjectInfo object : page.objects()) {
                ObjectInfo copy = there.get(JournalledRename.name(object.key(), journal.source()));
                Long from = copy == null ? null : noted.get(Fingerprints.target(copy));
                if (copy != null && from != null && from == Fingerprints.source(object)) {
                    toDelete.put(object, Fingerprints.target(copy));
                } else {
                    pass.stays(object.key());
                }
            }
            delete(toDelete, pass);
            cursor = page.next();
        } while (cursor != null);
        return pass;
    }

    /** @param versions as they were just listed, with the fingerprints that need not be known when they are gone */
    private void delete(Map<ObjectInfo, Long> versions, Pass pass) throws StoreException {
        if (versions.isEmpty()) {
            return;
        }
        List<ObjectInfo> comparable = versions.keySet().stream()
                .map(version ->
                        Fingerprints.isMarker(version) ? new ObjectInfo(version.key(), 0, "", Instant.EPOCH) : version)
                .toList();
        List<ObjectKey> changed;
        try {
            changed = store.deleteUnchanged(comparable);
        } catch (StoreException e) {
            if (e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.ABORTED) {
                throw e;
            }
            versions.keySet().forEach(version -> pass.stays(version.key()));
            pass.refusal = e;
            return;
        }
        changed.forEach(pass::stays);
        pass.deleted += versions.size() - changed.size();
        List<ObjectKey> gone =
                new ArrayList<>(versions.keySet().stream().map(ObjectInfo::key).toList());
        gone.removeAll(changed);
        shared.afterwards(journal.source(), () -> shared.attributes.remove(gone));
        journal.forget(versions.values());
    }

    /** Removes the copies, in as many passes as it takes to find nothing more. */
    void undo() throws StoreException {
        if (journal.isRecovered()
                && journal.entry().phase() == Phase.COPYING
                && !journal.change(Phase.COPYING, Phase.UNDOING)) {
            journal.requireOwn();
            throw new StoreException(Failure.UNAVAILABLE, "the journal no longer contains this rename");
        }
        Pass pass;
        do {
            pass = undoPass();
        } while (pass.deleted > 0);
        if (pass.left > 0) {
            log.warn(
                    "{} objects stay in {} after a rename was undone: others have changed them, or they cannot be"
                            + " deleted: {}{}",
                    pass.left,
                    journal.target(),
                    String.join(", ", pass.names),
                    pass.left > pass.names.size() ? ", …" : "");
        }
    }

    private Pass undoPass() throws StoreException {
        Pass pass = new Pass();
        PairedListing sources = new PairedListing(store, journal.source());
        String cursor = null;
        do {
            journal.requireOwn();
            ObjectPage page =
                    store.list(journal.target().bucket(), journal.target().key(), false, cursor, PAGE);
            Map<String, ObjectInfo> there = sources.of(JournalledRename.names(page, journal.target()));
            Map<Long, Long> noted = journal.sourcesOf(page.objects());
            Map<ObjectInfo, Long> toDelete = new LinkedHashMap<>();
            for (ObjectInfo copy : page.objects()) {
                if (journal.entry().targetWasThere() && copy.key().equals(journal.target())) {
                    continue;
                }
                ObjectInfo from = there.get(JournalledRename.name(copy.key(), journal.target()));
                long fingerprint = Fingerprints.target(copy);
                if (from != null && (noted.containsKey(fingerprint) || isCopy(from, copy))) {
                    toDelete.put(copy, fingerprint);
                } else {
                    pass.stays(copy.key());
                }
            }
            delete(toDelete, pass);
            cursor = page.next();
        } while (cursor != null);
        return pass;
    }

    /** Whether an object is a copy that was not noted: it is what its source is, by ETag or by its bytes. */
    private boolean isCopy(ObjectInfo from, ObjectInfo copy) throws StoreException {
        if (from.size() != copy.size()) {
            return false;
        }
        return Fingerprints.isMarker(from)
                || Fingerprints.hasSameEtag(from, copy)
                || (!copy.lastModified().isBefore(journal.entry().started().minus(CLOCK_SKEW))
                        && MessageDigest.isEqual(digest(from), digest(copy)));
    }

    private byte[] digest(ObjectInfo version) throws StoreException {
        try (ObjectReader reader = store.read(version, 0)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            while (reader.read(buffer) >= 0) {
                sha256.update(buffer.flip());
                buffer.clear();
            }
            return sha256.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
