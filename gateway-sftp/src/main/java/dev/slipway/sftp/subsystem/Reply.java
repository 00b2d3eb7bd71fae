package dev.slipway.sftp.subsystem;

import dev.slipway.core.vfs.FileEntry;
import dev.slipway.sftp.files.Listing;
import dev.slipway.sftp.files.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Builds the replies of one channel, one after the other, in one buffer. */
final class Reply {
    private static final int SMALLEST = 1024;

    /** Size, owner, permissions and times are there. */
    private static final int ATTRIBUTES = 0x1 | 0x2 | 0x4 | 0x8;

    private static final int TIMES = 0x8;

    /** Everything belongs to one user, which clients such as sshfs take for the logged-in one. */
    private static final int OWNER = 1000;

    private final String account;
    private byte[] bytes = new byte[SMALLEST];
    private int length;

    /** @param account the name that listings show as the owner */
    Reply(String account) {
        this.account = account;
    }

    /** Starts a reply and discards the previous one. */
    Reply start(int type) {
        length = Integer.BYTES;
        return uint8(type);
    }

    /** Starts the reply to a request. */
    Reply start(int type, int id) {
        return start(type).uint32(id);
    }

    /** The whole reply to a request that has no result, or failed. */
    void status(int id, Status status, @Nullable String message) {
        start(PacketType.STATUS, id)
                .uint32(status.code())
                .string(message == null ? "" : message)
                .string("en");
    }

    /** The whole reply to a request that has no result. */
    void ok(int id) {
        status(id, Status.OK, "");
    }

    Reply uint8(int value) {
        grow(1);
        bytes[length++] = (byte) value;
        return this;
    }

    Reply uint32(int value) {
        grow(Integer.BYTES);
        putInt(length, value);
        length += Integer.BYTES;
        return this;
    }

    Reply uint64(long value) {
        return uint32((int) (value >>> Integer.SIZE)).uint32((int) value);
    }

    Reply string(String value) {
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        return uint32(encoded.length).bytes(encoded);
    }

    /** Bytes as they are, without their count. */
    Reply bytes(byte[] value) {
        grow(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    Reply attributes(FileEntry entry) {
        // An interrupted upload has no time.
        uint32(entry.partial() ? ATTRIBUTES & ~TIMES : ATTRIBUTES)
                .uint64(entry.size())
                .uint32(owner(entry.posix().owner()))
                .uint32(owner(entry.posix().group()))
                .uint32(entry.typeAndMode());
        if (entry.partial()) {
            return this;
        }
        int seconds = (int) Math.clamp(entry.modified().getEpochSecond(), 0, 0xffff_ffffL);
        return uint32(seconds).uint32(seconds);
    }

    private static int owner(@Nullable Long set) {
        return set == null ? OWNER : set.intValue();
    }

    /** A name entry as in listings: name, {@code ls -l} line and attributes. */
    Reply name(String name, FileEntry entry) {
        return string(name).string(Listing.line(name, entry, account)).attributes(entry);
    }

    /** Space for a string of up to {@code limit} bytes, to be filled and then passed to {@link #filled}. */
    ByteBuffer room(int limit) {
        uint32(0);
        grow(limit);
        return ByteBuffer.wrap(bytes, length, limit).slice();
    }

    /** Appends what was put into the {@link #room}. */
    Reply filled(ByteBuffer room) {
        putInt(length - Integer.BYTES, room.position());
        length += room.position();
        return this;
    }

    /** Replaces the number at a place that {@link #length} gave earlier. */
    Reply set(int place, int value) {
        putInt(place, value);
        return this;
    }

    /** The bytes that the reply has so far. */
    int length() {
        return length;
    }

    /** The finished reply: the first {@link #length} bytes, until the next {@link #start}. */
    byte[] finish() {
        putInt(0, length - Integer.BYTES);
        return bytes;
    }

    /** Releases a buffer that has grown. */
    void shrink() {
        if (bytes.length > 64 * SMALLEST) {
            bytes = new byte[SMALLEST];
        }
    }

    private void putInt(int place, int value) {
        bytes[place] = (byte) (value >>> 24);
        bytes[place + 1] = (byte) (value >>> 16);
        bytes[place + 2] = (byte) (value >>> 8);
        bytes[place + 3] = (byte) value;
    }

    private void grow(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }
}
