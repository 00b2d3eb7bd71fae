package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.ingest.archive.ArchiveTask;
import dev.slipway.ingest.archive.Archives;
import dev.slipway.ingest.archive.WaitingManifest;
import dev.slipway.ingest.schedule.RunningTaskException;
import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Archives and the tasks that make them. All calls block for the database. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedArchives {
    /** How many are listed unless more are wanted. */
    public static final int USUAL_LIMIT = 100;

    public static final int HIGHEST_LIMIT = 1000;

    private final Archives archives;
    private final Principal principal;

    ManagedArchives(Archives archives, Principal principal) {
        this.archives = archives;
        this.principal = principal;
    }

    /** The tasks, in the order of the configuration. */
    public List<ArchiveTask> tasks() throws ManagementException {
        principal.require(Right.SEE);
        return archives.tasks();
    }

    /** A task. */
    public ArchiveTask task(String name) throws ManagementException {
        return tasks().stream()
                .filter(task -> task.settings().name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new ManagementException(Reason.UNKNOWN_ARCHIVE, "no such archive task: '" + name + "'"));
    }

    /**
     * Runs a task now.
     *
     * @param all whether files are put into archives that need not wait for others
     * @return the id of its job
     */
    public String run(String name, boolean all) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        try {
            return archives.run(task(name).settings().name(), all, principal.name());
        } catch (RunningTaskException e) {
            throw new ManagementException(Reason.WRONG_STATE, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Lists archives, the oldest first.
     *
     * @param after the id of one; null to begin with the first
     * @param limit the most, 1 to {@value #HIGHEST_LIMIT}
     */
    public List<Archive> list(@Nullable String after, int limit) throws ManagementException {
        principal.require(Right.SEE);
        return archives.list(after == null ? null : find(after).id(), limit);
    }

    /** An archive. */
    public Archive find(String id) throws ManagementException {
        principal.require(Right.SEE);
        ManagementException unknown = new ManagementException(Reason.UNKNOWN_ARCHIVE, "no such archive: '" + id + "'");
        try {
            return archives.archive(UUID.fromString(id)).orElseThrow(() -> unknown);
        } catch (IllegalArgumentException _) {
            throw unknown;
        }
    }

    /**
     * The members of an archive, in their order.
     *
     * @param after a position; -1 to begin with the first
     * @param limit the most, 1 to {@value #HIGHEST_LIMIT}
     */
    public List<ArchivedObject> members(String id, int after, int limit) throws ManagementException {
        return archives.members(find(id).id(), after, limit);
    }

    /**
     * Finds archived objects by their keys.
     *
     * @param pattern has {@code *} and {@code ?} for any characters
     * @param limit the most, 1 to {@value #HIGHEST_LIMIT}
     */
    public List<ArchivedObject> search(String pattern, int limit) throws ManagementException {
        principal.require(Right.SEE);
        return archives.find(pattern, limit);
    }

    /**
     * Reads an archive and compares each member with what is recorded. Also blocks for the store.
     *
     * @return how many members it has
     * @throws IOException it is not what it should be, or cannot be read; the message is for people
     */
    public long verify(String id) throws ManagementException, IOException {
        principal.require(Right.CONTROL_JOBS);
        return archives.verify(find(id).id());
    }

    /**
     * The manifests that the server has not stored yet, in the order of the archives' ids.
     *
     * @param after the id of an archive; null to begin with the first
     * @param limit the most, 1 to {@value #HIGHEST_LIMIT}
     */
    public List<WaitingManifest> waitingManifests(@Nullable String after, int limit) throws ManagementException {
        principal.require(Right.SEE);
        return archives.manifests().waiting(after == null ? null : find(after).id(), limit);
    }

    /**
     * Sends the manifests that wait now.
     *
     * @return the id of the job
     */
    public String sendManifests() throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        if (!archives.manifests().isOn()) {
            throw new ManagementException(
                    Reason.NOT_AVAILABLE, "there is no server for manifests: manifest.url is not set");
        }
        try {
            return archives.manifests().send(principal.name());
        } catch (RunningTaskException e) {
            throw new ManagementException(Reason.WRONG_STATE, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Makes archived files objects again, at their own keys. Objects that are there stay.
     *
     * @param place {@code BUCKET:KEY} of one file, or {@code BUCKET:PREFIX/} of all below
     * @return the id of the job
     */
    public String extract(String place) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        int colon = place.indexOf(':');
        if (colon < 1) {
            throw new InvalidFieldsException(
                    "source", "it is '" + place + "'", "BUCKET:KEY of a file, or BUCKET:PREFIX/ of all below");
        }
        try {
            return archives.extract(place.substring(0, colon), place.substring(colon + 1), principal.name());
        } catch (NoSuchElementException e) {
            throw new ManagementException(Reason.UNKNOWN_ARCHIVE, String.valueOf(e.getMessage()));
        }
    }
}
