package dev.slipway.core.account;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Accounts that are given when the gateway starts. */
public final class ConfiguredAccounts implements Accounts {
    /**
     * An account and its proofs.
     *
     * @param account who it is
     * @param password null if the account has no password login
     * @param keys may be empty
     */
    public record Entry(Account account, @Nullable PasswordHash password, Set<PublicKey> keys) {
        public Entry {
            keys = Set.copyOf(keys);
        }
    }

    /** Clients log in once per file: a password that was verified is known again without hashing it anew. */
    private static final int REMEMBERED = 10_000;

    private final Map<String, Entry> entries = new HashMap<>();
    private final Map<String, byte[]> verified = new ConcurrentHashMap<>();
    private final SecretKeySpec verifiedKey;

    /** Compared with where a name does not exist, so that the answer takes as long. */
    private final PasswordHash nobody;

    /** @throws IllegalArgumentException if two accounts have one name */
    public ConfiguredAccounts(Collection<Entry> accounts) {
        for (Entry entry : accounts) {
            if (entries.put(entry.account().name(), entry) != null) {
                throw new IllegalArgumentException(
                        "there are two accounts of the name '" + entry.account().name() + "'");
            }
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        verifiedKey = new SecretKeySpec(random, "HmacSHA256");
        nobody = PasswordHash.of(new char[] {'n'});
    }

    @Override
    public Optional<Account> authenticate(String name, char[] password, InetAddress client) {
        Entry entry = entries.get(name);
        if (entry == null || entry.password() == null) {
            var _ = nobody.matches(password);
            return Optional.empty();
        }
        byte[] fingerprint = fingerprint(password);
        byte[] known = verified.get(name);
        if (known != null && MessageDigest.isEqual(known, fingerprint)) {
            return Optional.of(entry.account());
        }
        if (!entry.password().matches(password)) {
            return Optional.empty();
        }
        if (verified.size() < REMEMBERED) {
            verified.put(name, fingerprint);
        }
        return Optional.of(entry.account());
    }

    /** A keyed hash that is worth nothing outside of this process. */
    private byte[] fingerprint(char[] password) {
        byte[] bytes = new String(password).getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(verifiedKey);
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    @Override
    public Optional<Account> authenticate(String name, PublicKey key, InetAddress client) {
        Entry entry = entries.get(name);
        if (entry == null) {
            return Optional.empty();
        }
        byte[] encoded = key.getEncoded();
        boolean listed = entry.keys().stream().anyMatch(known -> Arrays.equals(known.getEncoded(), encoded));
        return listed ? Optional.of(entry.account()) : Optional.empty();
    }
}
