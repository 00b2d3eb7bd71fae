package dev.slipway.ingest.archive;

import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the files of a run are. Used by one thread. All calls block for the store, or for the local file system. */
interface FileSource {
    /** The beginning of the keys of all its files; empty or ending with a slash. */
    String beginning();

    /** Fails if archives could not be stored, before anything is begun. */
    default void check() throws IOException {}

    /**
     * Lists a folder.
     *
     * @param folder begins with {@link #beginning}, and is it or ends with a slash
     * @param foldersOnly whether files are of no interest
     */
    Listing list(String folder, boolean foldersOnly) throws IOException;

    /** Files that are in an archive already, of a page of a listing: they were to be kept, or were not deleted after all. */
    Set<ObjectKey> archived(List<ObjectInfo> files);

    /** When files were last modified, of those for which {@link ObjectInfo#lastModified} does not say it. */
    Map<ObjectKey, Instant> times(List<ObjectInfo> files);

    /**
     * Prepares the reading of files.
     *
     * @param wait how long to wait for memory
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} if no memory became free in that time
     */
    Contents read(List<ObjectInfo> files, Duration wait) throws StoreException;

    /** Hides members whose paths now show something else, or nothing. To be called before any original is deleted. */
    void hideChanged(List<ArchiveMember> members) throws IOException, JobStoppedException;

    /** Deletes the originals of members, unless they are other versions by now. Those that are gone are no error. */
    void deleteMembers(List<ArchiveMember> members) throws IOException, JobStoppedException;

    /** Deletes files that are in an archive, as just listed, unless they are other versions by now. */
    void delete(List<ObjectInfo> files) throws IOException, JobStoppedException;

    /** The files and folders in a folder, page by page. */
    interface Listing extends AutoCloseable {
        /** Returns the next page; null at the end. */
        @Nullable
        Page next() throws IOException;

        @Override
        void close() throws IOException;
    }

    /**
     * Some of a folder.
     *
     * @param files the objects of a folder; also its marker, if it has one
     * @param folders each with the path of the folder that it is in, and ending with a slash
     */
    record Page(List<ObjectInfo> files, List<String> folders) {}

    /** The contents of files, in their order. */
    interface Contents extends AutoCloseable {
        /**
         * The content of the next file. Blocks until its first bytes are there.
         *
         * @return has as many bytes as the file, and is closed by the caller
         * @throws LeftOutException also thrown by the stream
         */
        InputStream next() throws IOException;

        @Override
        void close();
    }
}
