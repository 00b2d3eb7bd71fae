package dev.slipway.core.account;

import java.net.InetAddress;
import java.security.PublicKey;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Accounts that never change, for tests. */
public final class ConfiguredAccounts implements Accounts {
    /**
     * An account and its credentials.
     *
     * @param account the account
     * @param password null if it cannot log in with a password
     * @param keys may be empty
     */
    public record Entry(Account account, @Nullable PasswordHash password, Set<PublicKey> keys) {
        public Entry {
            keys = Set.copyOf(keys);
        }
    }

    private final Map<String, Entry> entries;

    public ConfiguredAccounts(Collection<Entry> accounts) {
        entries = accounts.stream()
                .collect(Collectors.toMap(entry -> entry.account().name(), Function.identity()));
    }

    @Override
    public Optional<Login> authenticate(String name, char[] password, InetAddress client) {
        return Optional.ofNullable(entries.get(name))
                .filter(entry -> entry.password() != null && entry.password().matches(password))
                .map(entry -> Login.lasting(entry.account()));
    }

    @Override
    public Optional<Login> authenticate(String name, PublicKey key, InetAddress client) {
        return Optional.ofNullable(entries.get(name))
                .filter(entry -> entry.keys().contains(key))
                .map(entry -> Login.lasting(entry.account()));
    }
}
