package dev.slipway.core.account;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** The credentials that a login used. */
sealed interface LoginProof {
    /** Whether an account, as it is now, still accepts them. */
    boolean holds(AccountEntry entry);

    /** For the state database; contains no secret. */
    String text();

    /** Parses {@link #text()}. A text that cannot be parsed is accepted by no account. */
    static LoginProof parse(String text) {
        String[] words = text.split(" ", 2);
        String value = words.length == 2 ? words[1] : "";
        return switch (words[0]) {
            case "password" -> value.isEmpty() ? new AnyPassword() : new Password(value);
            case "external" -> new ExternalPassword();
            case "key" -> new Key(value);
            case "principals" -> new Principals(Set.copyOf(List.of(value.split(",", -1))));
            default -> new Principals(Set.of());
        };
    }

    static LoginProof of(PasswordHash hash) {
        return new Password(digest(hash));
    }

    static LoginProof of(PublicKey key) {
        return new Key(AuthorizedKey.of(key, "").fingerprint());
    }

    static LoginProof of(Collection<String> principals) {
        return new Principals(Set.copyOf(principals));
    }

    private static String digest(PasswordHash hash) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(hash.encoded().getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** A password, identified by the digest of its hash: setting the same password again makes a different one. */
    record Password(String fingerprint) implements LoginProof {
        @Override
        public boolean holds(AccountEntry entry) {
            PasswordHash hash = entry.password();
            return hash != null && digest(hash).equals(fingerprint);
        }

        @Override
        public String text() {
            return "password " + fingerprint;
        }
    }

    /** A password of the configuration, whose hash differs after each start. */
    record AnyPassword() implements LoginProof {
        @Override
        public boolean holds(AccountEntry entry) {
            return entry.password() != null;
        }

        @Override
        public String text() {
            return "password";
        }
    }

    /** A password that the program which manages the account has accepted. It may disable the account, or end its sessions. */
    record ExternalPassword() implements LoginProof {
        @Override
        public boolean holds(AccountEntry entry) {
            return entry.password() == null;
        }

        @Override
        public String text() {
            return "external";
        }
    }

    record Key(String fingerprint) implements LoginProof {
        @Override
        public boolean holds(AccountEntry entry) {
            return entry.keys().stream().anyMatch(key -> key.fingerprint().equals(fingerprint));
        }

        @Override
        public String text() {
            return "key " + fingerprint;
        }
    }

    /** The principals of a certificate. */
    record Principals(Set<String> names) implements LoginProof {
        @Override
        public boolean holds(AccountEntry entry) {
            return names.stream().anyMatch(entry::isPrincipal);
        }

        @Override
        public String text() {
            return "principals " + String.join(",", names);
        }
    }
}
