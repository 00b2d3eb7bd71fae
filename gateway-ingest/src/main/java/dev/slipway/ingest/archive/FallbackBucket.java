package dev.slipway.ingest.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Mount;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.event.Origin;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The bucket for manifests that the server does not store: an object for each archive, compressed with gzip, with an entry
 * in each line. Its key has the index and the archive's id, so no object ever replaces another. Thread-safe.
 */
final class FallbackBucket {
    private static final String EXTENSION = ".ndjson.gz";

    private static final Pattern KEY =
            Pattern.compile("(.+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})" + Pattern.quote(EXTENSION));

    private static final int PAGE = 1000;

    /** Of a line, in characters: more than an entry with keys of 1024 bytes can have. Others may write to the bucket. */
    private static final int LONGEST_LINE = 1 << 16;

    private static final UploadOptions UPLOAD = UploadOptions.DEFAULT.withResumption(false);

    private final String bucket;
    private final String prefix;
    private final ObjectStore store;
    private final ObjectFileSystems fileSystems;

    /** @param prefix the beginning of the names of all indexes */
    FallbackBucket(String bucket, String prefix, ObjectStore store, ObjectFileSystems fileSystems) {
        this.bucket = bucket;
        this.prefix = prefix;
        this.store = store;
        this.fileSystems = fileSystems;
    }

    /** A manifest in the bucket. */
    record Kept(ObjectInfo object, String index, UUID archive) {}

    /**
     * Some manifests in the bucket.
     *
     * @param next where the next ones begin; null if there are no more
     */
    record Page(List<Kept> manifests, @Nullable String next) {}

    /** For people. */
    String name() {
        return bucket;
    }

    /**
     * Stores the manifest of an archive, unless it is there. Returns once the store has confirmed it.
     *
     * @param job on whose behalf
     * @param opened gets the upload, which another thread may close
     */
    ObjectKey store(Archive archive, String index, Iterator<String> entries, String job, Consumer<AutoCloseable> opened)
            throws IOException {
        String key = index + "-" + archive.id() + EXTENSION;
        OwnWork work = new OwnWork(Origin.ARCHIVE, archive.name());
        VirtualFileSystem files = fileSystems.open(
                work.account(List.of(new Mount(VirtualPath.ROOT, bucket, "", false))), work.client(job));
        try (FileUpload upload = files.create(VirtualPath.parse("/" + key), CreateMode.NEW, UPLOAD)) {
            opened.accept(upload);
            try (Writer lines = new BufferedWriter(new OutputStreamWriter(
                    new GZIPOutputStream(new UploadStream(upload), 1 << 16), StandardCharsets.UTF_8))) {
                while (entries.hasNext()) {
                    lines.write(entries.next());
                    lines.write('\n');
                }
            }
            upload.commit();
        } catch (VfsException e) {
            // An earlier attempt has stored it: the name has the archive's id.
            if (e.failure() != Failure.ALREADY_EXISTS) {
                throw e;
            }
        }
        return new ObjectKey(bucket, key);
    }

    /** Whether the bucket has any manifest. Blocks for the store. */
    boolean hasAny() throws IOException {
        return !store.list(bucket, prefix, true, null, 1).objects().isEmpty();
    }

    /**
     * Lists manifests. Other objects are left alone. Blocks for the store.
     *
     * @param cursor {@link Page#next} of the page before; null to begin
     */
    Page list(@Nullable String cursor) throws IOException {
        ObjectPage page = store.list(bucket, prefix, true, cursor, PAGE);
        List<Kept> manifests = new ArrayList<>();
        for (ObjectInfo object : page.objects()) {
            Kept manifest = kept(object);
            if (manifest != null) {
                manifests.add(manifest);
            }
        }
        return new Page(manifests, page.next());
    }

    private static @Nullable Kept kept(ObjectInfo object) {
        Matcher key = KEY.matcher(object.key().key());
        return key.matches()
                ? new Kept(
                        object,
                        Objects.requireNonNull(key.group(1)),
                        UUID.fromString(Objects.requireNonNull(key.group(2))))
                : null;
    }

    /** A manifest that may be in another bucket, or begin otherwise; null if it is gone. Blocks for the store. */
    @Nullable
    Kept find(ObjectKey object) throws IOException {
        ObjectInfo found = store.head(object).orElse(null);
        return found == null ? null : kept(found);
    }

    /** Whether {@link #list} returns a manifest while it is there. */
    boolean lists(Kept manifest) {
        ObjectKey key = manifest.object().key();
        return key.bucket().equals(bucket) && key.key().startsWith(prefix);
    }

    /** Deletes a manifest that the server has stored, unless somebody has replaced it. Blocks for the store. */
    void delete(Kept manifest) throws IOException {
        var _ = store.deleteUnchanged(List.of(manifest.object()));
    }

    /** Opens a manifest. Blocks for the store. */
    Lines read(Kept manifest) throws IOException {
        return new Lines(manifest);
    }

    /** The entries of a manifest in the bucket. */
    final class Lines implements AutoCloseable {
        private final Kept manifest;
        private final BufferedReader lines;

        private Lines(Kept manifest) throws IOException {
            this.manifest = manifest;
            ReaderStream object = new ReaderStream(store.read(manifest.object(), 0, ""));
            boolean opened = false;
            try {
                this.lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(object, 1 << 16), StandardCharsets.UTF_8));
                opened = true;
            } catch (ZipException | EOFException e) {
                throw damaged(e);
            } finally {
                if (!opened) {
                    object.close();
                }
            }
        }

        /**
         * Returns the next entry; null after the last one.
         *
         * @throws UnusableManifestException the object has something else
         * @throws IOException the store fails
         */
        @Nullable
        String next() throws IOException {
            try {
                String line = line();
                if (line != null
                        && !manifest.archive()
                                .toString()
                                .equals(ArchiveJson.read(line, Map.class).get("archive_id"))) {
                    throw new IllegalArgumentException("it is about another archive");
                }
                return line;
            } catch (ZipException | EOFException | IllegalArgumentException e) {
                throw damaged(e);
            }
        }

        private @Nullable String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = lines.read(); next != '\n'; next = lines.read()) {
                if (next < 0) {
                    return line.isEmpty() ? null : line.toString();
                }
                if (line.length() == LONGEST_LINE) {
                    throw new IllegalArgumentException("a line is too long");
                }
                line.append((char) next);
            }
            return line.toString();
        }

        private UnusableManifestException damaged(Exception cause) {
            return new UnusableManifestException(
                    manifest.object().key() + " is not a manifest: " + cause.getMessage(), cause);
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
