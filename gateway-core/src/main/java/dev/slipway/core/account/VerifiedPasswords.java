package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Recently verified passwords: clients that log in for every file are accepted again without the cost of a hash. Only a
 * keyed hash is stored, which is worthless outside of this process. Thread-safe.
 */
final class VerifiedPasswords {
    /** @param fingerprint in hexadecimal */
    private record Verified(AccountEntry entry, String fingerprint, Instant until) {}

    private final LoginLimits limits;
    private final Clock clock;
    private final SecretKeySpec key;

    @GuardedBy("verified")
    private final Map<String, Verified> verified;

    VerifiedPasswords(LoginLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, "HmacSHA256");
        verified = new RecentlyUsed<>(LoginLimits.REMEMBERED);
    }

    /** Whether this was recently the password of this account; any change of the account invalidates it. */
    boolean contains(AccountEntry entry, char[] password) {
        String fingerprint = fingerprint(password);
        synchronized (verified) {
            Verified known = verified.get(entry.name());
            return known != null
                    && known.entry().equals(entry)
                    && clock.instant().isBefore(known.until())
                    && known.fingerprint().equals(fingerprint);
        }
    }

    void add(AccountEntry entry, char[] password) {
        String fingerprint = fingerprint(password);
        synchronized (verified) {
            verified.put(
                    entry.name(),
                    new Verified(entry, fingerprint, clock.instant().plus(limits.verifiedFor())));
        }
    }

    private String fingerprint(char[] password) {
        byte[] bytes = new String(password).getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }
}
