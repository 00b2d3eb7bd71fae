package dev.slipway.app.keys;

import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.sftp.CertificateTrust;
import dev.slipway.sftp.CertificateTrust.SerialRange;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The trusted SSH certificate authorities and revocations, reloaded when their files change.
 *
 * <p>Revocations have the format of the specification that {@code ssh-keygen -k} compiles ("KEY REVOCATION LISTS" in
 * ssh-keygen(1)), and may be plain public keys. A compiled, binary list is rejected.
 */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class TrustedCertificates implements Supplier<CertificateTrust> {
    private static final Pattern SERIAL = Pattern.compile("(\\d{1,20})(?:-(\\d{1,20}))?");
    private static final BigInteger LARGEST_SERIAL = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");

    /** Revocations accumulate over the years: room for some hundred thousand. */
    private static final int LARGEST_REVOKED = 16 << 20;

    private final Reloading<CertificateTrust> trust;

    private TrustedCertificates(Reloading<CertificateTrust> trust) {
        this.trust = trust;
    }

    /**
     * Reads the files, and again when they change.
     *
     * @param authorities public keys as in {@code authorized_keys}
     * @param authorityFile more of them, one in each line, or null
     * @param revoked file of revocations, or null
     * @throws IOException a file cannot be used
     */
    public static TrustedCertificates follow(
            List<String> authorities, @Nullable Path authorityFile, @Nullable Path revoked) throws IOException {
        List<Path> files = new ArrayList<>();
        if (authorityFile != null) {
            files.add(authorityFile);
        }
        if (revoked != null) {
            files.add(revoked);
        }
        return new TrustedCertificates(new Reloading<>(
                "SSH certificate authorities or revocations", files, () -> read(authorities, authorityFile, revoked)));
    }

    @Override
    public CertificateTrust get() {
        return trust.get();
    }

    private static CertificateTrust read(List<String> authorities, @Nullable Path authorityFile, @Nullable Path revoked)
            throws IOException {
        List<AuthorizedKey> keys = new ArrayList<>();
        authorities.forEach(line -> keys.add(key(line)));
        if (authorityFile != null) {
            for (String line : lines(authorityFile, PrivateFiles.LARGEST)) {
                keys.add(read(authorityFile, line));
            }
            if (keys.isEmpty()) {
                throw new KeyFileException(authorityFile, "contains no public key");
            }
        }
        Set<String> fingerprints = new HashSet<>();
        List<SerialRange> serials = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        if (revoked != null) {
            for (String line : lines(revoked, LARGEST_REVOKED)) {
                revoke(revoked, line, fingerprints, serials, ids);
            }
        }
        return new CertificateTrust(keys, fingerprints, serials, ids);
    }

    private static List<String> lines(Path file, int largest) throws KeyFileException {
        String text = PrivateFiles.readText(file, largest);
        if (text.startsWith("SSHKRL")) {
            throw new KeyFileException(file, "is a binary revocation list; use the text that ssh-keygen -k compiled");
        }
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private static void revoke(
            Path file, String line, Set<String> fingerprints, List<SerialRange> serials, Set<String> ids)
            throws KeyFileException {
        int colon = line.indexOf(':');
        String kind = colon < 0 ? "" : line.substring(0, colon);
        String value = line.substring(colon + 1).strip();
        switch (kind) {
            case "serial" -> serials.add(serials(file, value));
            case "id" -> ids.add(value);
            case "key" -> fingerprints.add(read(file, value).fingerprint());
            case "sha256", "hash" -> {
                String fingerprint = value.startsWith("SHA256:") ? value : "SHA256:" + value;
                if (!FINGERPRINT.matcher(fingerprint).matches()) {
                    throw new KeyFileException(
                            file, "'" + line + "' is not a SHA-256 fingerprint as printed by ssh-keygen -l");
                }
                fingerprints.add(fingerprint);
            }
            default -> fingerprints.add(read(file, line).fingerprint());
        }
    }

    private static SerialRange serials(Path file, String value) throws KeyFileException {
        Matcher matcher = SERIAL.matcher(value);
        if (matcher.matches()) {
            BigInteger first = new BigInteger(matcher.group(1));
            BigInteger last = matcher.group(2) == null ? first : new BigInteger(matcher.group(2));
            if (first.compareTo(last) <= 0 && last.compareTo(LARGEST_SERIAL) <= 0) {
                return new SerialRange(first, last);
            }
        }
        throw new KeyFileException(file, "'serial: " + value + "' must be a number, or two with '-' between them");
    }

    private static AuthorizedKey read(Path file, String line) throws KeyFileException {
        try {
            return key(line);
        } catch (IllegalArgumentException e) {
            throw new KeyFileException(file, "'" + line + "': " + e.getMessage(), e);
        }
    }

    private static AuthorizedKey key(String line) {
        return AuthorizedKey.of(SshKeys.parsePublic(line), SshKeys.comment(line));
    }
}
