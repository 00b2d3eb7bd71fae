package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.RenameTable.Phase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A directory's rename as the journal has it: from where to where, what was copied, and whether it is still ours. */
final class JournalledRename {
    private final Renames renames;
    private final RenameTable.Entry entry;
    private final boolean recovered;

    /** Whether another gateway, to which this one seemed to be gone, has taken it over. */
    private boolean lost;

    /** @param recovered whether an earlier run has begun it */
    JournalledRename(Renames renames, RenameTable.Entry entry, boolean recovered) {
        this.renames = renames;
        this.entry = entry;
        this.recovered = recovered;
    }

    /**
     * An object that was copied.
     *
     * @param from the version that was copied
     */
    record Copied(ObjectInfo from, ObjectInfo to) {}

    RenameTable.Entry entry() {
        return entry;
    }

    /** The marker of the directory that is renamed. */
    ObjectKey source() {
        return entry.source();
    }

    /** The marker that the directory will have. */
    ObjectKey target() {
        return entry.target();
    }

    /** Whether an earlier run has begun it. */
    boolean isRecovered() {
        return recovered;
    }

    /** The key that an object of the source gets. */
    ObjectKey targetOf(ObjectKey key) {
        return new ObjectKey(target().bucket(), target().key() + name(key, source()));
    }

    /** What comes after a directory's prefix. */
    static String name(ObjectKey key, ObjectKey directory) {
        return key.key().substring(directory.key().length());
    }

    /** The names of a page of a directory, in the order of the listing. */
    static List<String> names(ObjectPage page, ObjectKey directory) {
        return page.objects().stream()
                .map(object -> name(object.key(), directory))
                .toList();
    }

    void begin() {
        renames.journal.begin(entry);
    }

    void end() {
        renames.journal.ended(entry.id());
    }

    /** Changes the phase; returns whether the journal had the first one. */
    boolean change(Phase from, Phase to) {
        return renames.journal.change(entry.id(), from, to);
    }

    boolean isOwn() {
        return renames.journal.isOwn(entry.id());
    }

    /** Whether another gateway was found to have taken it over. */
    boolean isLost() {
        return lost;
    }

    /** Fails if the gateway stops. */
    void requireRunning() throws StoreException {
        if (renames.isStopping()) {
            throw new StoreException(Failure.UNAVAILABLE, "the gateway is stopping");
        }
    }

    /** Fails if the gateway stops, or another has taken it over. To be called before anything is changed. */
    void requireOwn() throws StoreException {
        requireRunning();
        if (!isOwn()) {
            lost = true;
            throw new StoreException(Failure.UNAVAILABLE, "another gateway has taken it over");
        }
    }

    /** Notes what was copied to what. */
    void note(Collection<Copied> copies) {
        Map<Long, Long> sources = new HashMap<>();
        for (Copied copy : copies) {
            sources.put(Fingerprints.target(copy.to()), Fingerprints.source(copy.from()));
        }
        renames.journal.copied(entry.id(), sources);
    }

    /** The noted sources of some copies, by the fingerprint of the copy. */
    Map<Long, Long> sourcesOf(Collection<ObjectInfo> copies) {
        return renames.journal.sources(
                entry.id(), copies.stream().map(Fingerprints::target).toList());
    }

    /** Forgets copies by their fingerprints. */
    void forget(Collection<Long> copies) {
        renames.journal.forget(entry.id(), copies);
    }
}
