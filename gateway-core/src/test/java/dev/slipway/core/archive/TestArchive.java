package dev.slipway.core.archive;

import com.github.luben.zstd.Zstd;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.WriteCondition;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** Writes an archive as a gateway does: an object, and rows for its members. */
public final class TestArchive {
    public static final Instant MODIFIED = Instant.parse("2001-02-03T04:05:06Z");
    private static final int BLOCK = 512;

    private final String bucket;
    private final Archive.Format format;
    private final ByteArrayOutputStream object = new ByteArrayOutputStream();
    private final List<ArchiveMember> members = new ArrayList<>();

    public TestArchive(String bucket, Archive.Format format) {
        this.bucket = bucket;
        this.format = format;
    }

    public TestArchive add(String key, String text) {
        return add(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a member; one of several MiB gets several frames. */
    public TestArchive add(String key, byte[] content) {
        byte[] header = header(key, content.length);
        byte[] padding = new byte[(BLOCK - content.length % BLOCK) % BLOCK];
        long offset = object.size();
        if (format == Archive.Format.TAR) {
            object.writeBytes(header);
            offset = object.size();
            object.writeBytes(content);
            object.writeBytes(padding);
            members.add(member(key, content, offset, content.length, 0));
            return this;
        }
        byte[] all = ByteBuffer.allocate(header.length + content.length + padding.length)
                .put(header)
                .put(content)
                .put(padding)
                .array();
        int frame = 1 << 20;
        for (int from = 0; from < all.length; from += frame) {
            object.writeBytes(Zstd.compress(Arrays.copyOfRange(all, from, Math.min(all.length, from + frame)), 3));
        }
        members.add(member(key, content, offset, object.size() - offset, header.length));
        return this;
    }

    private ArchiveMember member(String key, byte[] content, long offset, long length, long contentOffset) {
        return new ArchiveMember(
                new ObjectKey(bucket, key),
                "",
                offset,
                length,
                contentOffset,
                content.length,
                MODIFIED,
                sha256(content));
    }

    private static byte[] header(String name, int size) {
        ByteBuffer header = ByteBuffer.allocate(BLOCK);
        put(header, 0, name.substring(Math.max(0, name.length() - 90)));
        put(header, 100, "0000644\0" + "0000000\0" + "0000000\0" + String.format("%011o\0", size) + "00000000000\0");
        put(header, 148, "        0");
        put(header, 257, "ustar\000" + "00");
        int sum = 0;
        for (byte b : header.array()) {
            sum += b & 0xFF;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        return header.array();
    }

    private static void put(ByteBuffer header, int at, String text) {
        header.put(at, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Stores the archive at a key. */
    public Archive store(ObjectStore store, StateDatabase database, String key) throws StoreException {
        ObjectKey at = new ObjectKey(bucket, key);
        StoredVersion version;
        try (ObjectWriter writer = store.write(at, ObjectAttributes.NONE, Duration.ofSeconds(10))) {
            writer.write(ByteBuffer.wrap(object.toByteArray()));
            version = writer.complete(WriteCondition.ALWAYS);
        }
        Archive archive = new Archive(
                UUID.randomUUID(),
                "test",
                at,
                version.etag(),
                format,
                members.size(),
                object.size(),
                Instant.parse("2026-01-02T03:04:05Z"));
        ArchiveTable table = new ArchiveTable(database);
        boolean inserted = database.inTransaction(handle -> table.insert(handle, archive, members));
        if (!inserted) {
            throw new AssertionError("the archive is there already");
        }
        return archive;
    }
}
