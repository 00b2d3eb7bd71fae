package dev.slipway.sftp.subsystem;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a request. Missing or malformed fields are a {@link RequestException}. */
final class Request {
    /** The attributes that a client wants to set; all others are ignored. */
    record Attributes(OptionalLong size, Optional<Instant> modified, PosixAttributes posix) {}

    private static final int ATTRIBUTE_SIZE = 0x1;
    private static final int ATTRIBUTE_OWNER = 0x2;
    private static final int ATTRIBUTE_PERMISSIONS = 0x4;
    private static final int ATTRIBUTE_TIMES = 0x8;

    private final ByteBuffer fields;

    Request(ByteBuffer fields) {
        this.fields = fields;
    }

    boolean flag() throws RequestException {
        try {
            return fields.get() != 0;
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    int uint32() throws RequestException {
        try {
            return fields.getInt();
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    long uint64() throws RequestException {
        try {
            return fields.getLong();
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    /** An offset or a size in a file. */
    long position() throws RequestException {
        long value = uint64();
        if (value < 0) {
            throw new RequestException(Status.FAILURE, "Offsets and sizes above 2^63 - 1 are not supported.");
        }
        return value;
    }

    /** A string; other than UTF-8 is rejected, since replacing malformed bytes would name another file. */
    String string() throws RequestException {
        ByteBuffer bytes = bytes();
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            RequestException refusal = new RequestException(
                    Status.FAILURE, "The name is not valid UTF-8. Set the client's character set to UTF-8.");
            refusal.initCause(e);
            throw refusal;
        }
    }

    /** A string of any bytes. */
    byte[] opaque() throws RequestException {
        ByteBuffer bytes = bytes();
        byte[] result = new byte[bytes.remaining()];
        bytes.get(result);
        return result;
    }

    /** A handle. One in another format is not ours. */
    int handle() throws RequestException {
        ByteBuffer bytes = bytes();
        if (bytes.remaining() != Integer.BYTES) {
            throw new RequestException(Status.FAILURE, "Invalid handle.");
        }
        return bytes.getInt();
    }

    /** The mode and owner of what is created. Some clients leave them out. */
    PosixAttributes created() throws RequestException {
        return fields.hasRemaining() ? attributes().posix() : PosixAttributes.NONE;
    }

    Attributes attributes() throws RequestException {
        int flags = uint32();
        OptionalLong size = (flags & ATTRIBUTE_SIZE) == 0 ? OptionalLong.empty() : OptionalLong.of(position());
        PosixAttributes posix = PosixAttributes.NONE;
        if ((flags & ATTRIBUTE_OWNER) != 0) {
            posix = posix.withOwner(Integer.toUnsignedLong(uint32()), Integer.toUnsignedLong(uint32()));
        }
        if ((flags & ATTRIBUTE_PERMISSIONS) != 0) {
            posix = PosixAttributes.ofMode(uint32()).orElse(posix);
        }
        Optional<Instant> modified = Optional.empty();
        if ((flags & ATTRIBUTE_TIMES) != 0) {
            uint32();
            modified = Optional.of(Instant.ofEpochSecond(Integer.toUnsignedLong(uint32())));
        }
        return new Attributes(size, modified, posix);
    }

    private ByteBuffer bytes() throws RequestException {
        int length = uint32();
        if (length < 0 || length > fields.remaining()) {
            throw tooShort(null);
        }
        ByteBuffer result = fields.slice(fields.position(), length);
        fields.position(fields.position() + length);
        return result;
    }

    private static RequestException tooShort(@Nullable Throwable cause) {
        RequestException result = new RequestException(Status.BAD_MESSAGE, "The request is too short for its type.");
        if (cause != null) {
            result.initCause(cause);
        }
        return result;
    }

    /** The next string as a path. */
    VirtualPath path() throws RequestException, VfsException {
        return VirtualPath.parse(string());
    }
}
