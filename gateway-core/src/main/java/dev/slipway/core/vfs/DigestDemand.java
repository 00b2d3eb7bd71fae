package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Predicts which digests an account will ask for: those that its options name, and those that it asked for recently.
 * Without this, a client that checks each file after its upload, as rclone does, would make the gateway read each file
 * from the store again.
 */
final class DigestDemand {
    /** How long after a request for a digest the account is expected to ask for the same digest again. */
    private static final Duration MEMORY = Duration.ofDays(1);

    private final Clock clock;
    private final Map<String, Map<DigestAlgorithm, Instant>> asked = new ConcurrentHashMap<>();

    DigestDemand(Clock clock) {
        this.clock = clock;
    }

    /** Records that an account asked for the digest of a whole file. */
    void asked(Account account, DigestAlgorithm algorithm) {
        asked.computeIfAbsent(account.name(), _ -> new ConcurrentHashMap<>()).put(algorithm, clock.instant());
    }

    /** The digests to compute while a file is uploaded. */
    Set<DigestAlgorithm> of(Account account) {
        Set<DigestAlgorithm> result = EnumSet.noneOf(DigestAlgorithm.class);
        for (AccountOption option : account.options()) {
            switch (option) {
                case UPLOAD_MD5 -> result.add(DigestAlgorithm.MD5);
                case UPLOAD_SHA1 -> result.add(DigestAlgorithm.SHA1);
                case UPLOAD_SHA256 -> result.add(DigestAlgorithm.SHA256);
                case UPLOAD_SHA512 -> result.add(DigestAlgorithm.SHA512);
                case LEGACY_ALGORITHMS, MISSING_CLOSE_NOTIFY, POSIX_ATTRIBUTES, PUSH, ADMIN -> {}
            }
        }
        Instant since = clock.instant().minus(MEMORY);
        asked.getOrDefault(account.name(), Map.of()).forEach((algorithm, when) -> {
            if (when.isAfter(since)) {
                result.add(algorithm);
            }
        });
        return result;
    }
}
