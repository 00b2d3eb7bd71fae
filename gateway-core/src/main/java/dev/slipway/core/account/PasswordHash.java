package dev.slipway.core.account;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * A password's Argon2id hash (<a href="https://www.rfc-editor.org/rfc/rfc9106">RFC 9106</a>) in the PHC string form,
 * {@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}.
 */
public final class PasswordHash {
    private static final int LONGEST_PASSWORD = 128;
    private static final int MEMORY_KIB = 19 * 1024;
    private static final int MAX_MEMORY_KIB = 256 * 1024;
    private static final int ITERATIONS = 2;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int MIN_HASH_BYTES = 16;
    private static final int MAX_HASH_BYTES = 64;
    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");

    /**
     * Hashing deliberately costs memory and time; a flood of logins must not use up all of either. A hash that takes more
     * memory than ours is computed alone.
     */
    private static final int MOST_AT_ONCE = 2;

    private static final Semaphore AT_ONCE = new Semaphore(MOST_AT_ONCE, true);

    private final int memoryKib;
    private final int iterations;
    private final int lanes;
    private final byte[] salt;
    private final byte[] hash;

    private PasswordHash(int memoryKib, int iterations, int lanes, byte[] salt, byte[] hash) {
        this.memoryKib = memoryKib;
        this.iterations = iterations;
        this.lanes = lanes;
        this.salt = salt;
        this.hash = hash;
    }

    /**
     * Hashes a newly chosen password. Blocks for some tens of milliseconds of CPU time.
     *
     * @param password 1 to 128 characters that every client can send; remains the caller's
     * @throws IllegalArgumentException if it is not acceptable; the message says why: {@code is empty}
     */
    public static PasswordHash ofNew(char[] password) {
        if (password.length == 0) {
            throw new IllegalArgumentException("is empty");
        }
        if (password.length > LONGEST_PASSWORD) {
            throw new IllegalArgumentException("is longer than " + LONGEST_PASSWORD + " characters");
        }
        for (char c : password) {
            if (Character.isISOControl(c)) {
                throw new IllegalArgumentException("contains control characters, which clients cannot send");
            }
        }
        return of(password);
    }

    /**
     * Hashes a password with a fresh salt. Blocks for some tens of milliseconds of CPU time.
     *
     * @param password remains the caller's
     */
    public static PasswordHash of(char[] password) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return new PasswordHash(
                MEMORY_KIB, ITERATIONS, 1, salt, derive(MEMORY_KIB, ITERATIONS, 1, salt, HASH_BYTES, password));
    }

    /**
     * Parses the PHC string form.
     *
     * @throws IllegalArgumentException if it is invalid, or requires more than 256 MiB; the message does not contain
     *     the text
     */
    public static PasswordHash parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a password hash must have the form $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>");
        }
        int memory = Integer.parseInt(matcher.group(1));
        int iterations = Integer.parseInt(matcher.group(2));
        int lanes = Integer.parseInt(matcher.group(3));
        byte[] salt = Base64.getDecoder().decode(matcher.group(4));
        byte[] hash = Base64.getDecoder().decode(matcher.group(5));
        if (lanes < 1
                || iterations < 1
                || memory < 8 * lanes
                || memory > MAX_MEMORY_KIB
                || salt.length < 8
                || hash.length < MIN_HASH_BYTES
                || hash.length > MAX_HASH_BYTES) {
            throw new IllegalArgumentException("a password hash's parameters are out of range: m must be from 8 to "
                    + MAX_MEMORY_KIB + " KiB, t and p at least 1, the salt at least 8 bytes, the hash from "
                    + MIN_HASH_BYTES + " to " + MAX_HASH_BYTES + " bytes");
        }
        return new PasswordHash(memory, iterations, lanes, salt, hash);
    }

    /** The heap that a comparison takes, in bytes. */
    public long memoryBytes() {
        return memoryKib * 1024L;
    }

    /** The cost of a comparison, in KiB that are filled; its duration is roughly proportional. */
    long cost() {
        return (long) memoryKib * iterations;
    }

    /**
     * Whether this is the hash of a password. Blocks for some tens of milliseconds of CPU time, and longer while others
     * are being checked.
     *
     * @param password remains the caller's
     */
    public boolean matches(char[] password) {
        return MessageDigest.isEqual(hash, derive(memoryKib, iterations, lanes, salt, hash.length, password));
    }

    private static byte[] derive(int memoryKib, int iterations, int lanes, byte[] salt, int length, char[] password) {
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        int share = memoryKib > MEMORY_KIB ? MOST_AT_ONCE : 1;
        AT_ONCE.acquireUninterruptibly(share);
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memoryKib)
                    .withIterations(iterations)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .build());
            byte[] result = new byte[length];
            generator.generateBytes(bytes, result);
            return result;
        } finally {
            AT_ONCE.release(share);
            Arrays.fill(bytes, (byte) 0);
            encoded.clear();
            encoded.put(new byte[encoded.capacity()]);
        }
    }

    /** The PHC string form, for storage. Not as secret as a password, but not to be shown either. */
    public String encoded() {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + memoryKib + ",t=" + iterations + ",p=" + lanes + "$" + base64.encodeToString(salt)
                + "$" + base64.encodeToString(hash);
    }

    /** Whether it is the same hash with the same salt. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PasswordHash that && encoded().equals(that.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(salt);
    }

    @Override
    public String toString() {
        return "PasswordHash[***]";
    }
}
