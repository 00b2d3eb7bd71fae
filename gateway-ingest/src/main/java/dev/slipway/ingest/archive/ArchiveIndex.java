package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The index object beside an archive: compressed with gzip, one line of JSON for each member, in their order. With it,
 * the rows of the state database can be made again. It is written once the members are verified.
 */
final class ArchiveIndex {
    static final String EXTENSION = ".index.json.gz";

    private ArchiveIndex() {}

    /**
     * Writes an index.
     *
     * @param out remains the caller's
     */
    static void write(OutputStream out, UUID id, ObjectKey archive, Archive.Format format, List<ArchiveMember> members)
            throws IOException {
        GZIPOutputStream compressed = new GZIPOutputStream(out, 1 << 16);
        Writer lines = new BufferedWriter(new OutputStreamWriter(compressed, StandardCharsets.UTF_8));
        for (ArchiveMember member : members) {
            lines.write(ArchiveJson.write(entry(id, archive, format, member)));
            lines.write('\n');
        }
        lines.flush();
        compressed.finish();
    }

    /** What is known of a member. The names of the fields are documented, and never change. */
    static Map<String, @Nullable Object> entry(
            UUID id, ObjectKey archive, Archive.Format format, ArchiveMember member) {
        String key = member.key().key();
        String name = key.substring(key.lastIndexOf('/') + 1);
        int dot = name.lastIndexOf('.');
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("bucket", member.key().bucket());
        entry.put("key", key);
        entry.put("version", member.version());
        entry.put("size", member.size());
        entry.put("modified", member.modified().toString());
        entry.put("sha256", member.sha256());
        entry.put("archive_id", id.toString());
        entry.put("archive_bucket", archive.bucket());
        entry.put("archive_key", archive.key());
        entry.put("archive_format", format == Archive.Format.TAR ? "tar" : "tar.zst");
        entry.put("offset", member.offset());
        entry.put("length", member.length());
        entry.put("content_offset", member.contentOffset());
        entry.put("archive_content", key);
        entry.put("archive_content_name", name);
        entry.put("archive_content_extension", dot <= 0 ? "" : name.substring(dot + 1));
        return entry;
    }

    /** The members in an index, in their order. Blocks for the store. */
    static List<ArchiveMember> read(ObjectStore store, ObjectInfo index, String account) throws IOException {
        List<ArchiveMember> members = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(new ReaderStream(store.read(index, 0, account))), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                members.add(member(line));
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException(index.key() + " is no index of an archive", e);
        }
        return members;
    }

    private static ArchiveMember member(String line) {
        Map<?, ?> entry = ArchiveJson.read(line, Map.class);
        return new ArchiveMember(
                new ObjectKey(text(entry, "bucket"), text(entry, "key")),
                text(entry, "version"),
                number(entry, "offset"),
                number(entry, "length"),
                number(entry, "content_offset"),
                number(entry, "size"),
                Instant.parse(text(entry, "modified")),
                text(entry, "sha256"));
    }

    private static String text(Map<?, ?> entry, String field) {
        return Objects.requireNonNullElse(entry.get(field), "").toString();
    }

    private static long number(Map<?, ?> entry, String field) {
        if (entry.get(field) instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalArgumentException("there is no " + field);
    }
}
