package dev.slipway.app.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.zip.CRC32;

/** The notation of answers, for the model and the clients, so that they can be compared. */
final class Answers {
    static final String OK = "ok";
    static final String CUT = "cut off";
    static final String ABORTED = "aborted";

    private Answers() {}

    static String refused(int code) {
        return "refused with " + code;
    }

    static String bytes(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return "%d bytes, CRC-32 %08x".formatted(content.length, crc.getValue());
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param time from {@link #time} */
    static String file(long size, String time) {
        return "file of " + size + " bytes, " + time;
    }

    static String directory(String time) {
        return "directory, " + time;
    }

    static String entry(String name, String attributes) {
        return "'" + name + "': " + attributes;
    }

    static String listing(Collection<String> entries) {
        return entries.size() + " entries: " + String.join(", ", new TreeSet<>(entries));
    }

    /** The time in an answer: a time within the last minutes is that of the change itself. */
    static String time(OptionalLong seconds) {
        if (seconds.isEmpty()) {
            return "no time";
        }
        long now = Instant.now().getEpochSecond();
        long age = now - seconds.getAsLong();
        return age > -5 && age < Duration.ofHours(6).toSeconds() ? "now" : "time " + seconds.getAsLong();
    }
}
