package dev.slipway.transfer.push;

import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The encrypted part of an order.
 *
 * @param url null for an object of the store
 * @param headers sent with requests to the URL
 * @param remote null for a named remote
 */
record SealedOrder(
        @Nullable String url,
        Map<String, String> headers,
        @Nullable SealedRemote remote) {
    SealedOrder {
        headers = Map.copyOf(headers);
    }

    /** Says nothing of what is in it. */
    @Override
    public String toString() {
        return "SealedOrder";
    }

    /** An unnamed remote, in a form suitable for JSON. */
    record SealedRemote(
            String name,
            String host,
            int port,
            String user,
            @Nullable String password,
            @Nullable String key,
            @Nullable String passphrase,
            List<String> hostKeys,
            List<String> folders,
            TransferMode mode,
            int maxJobs,
            int maxChannels,
            @Nullable Integer freeSpacePercentage,
            String fileSystem,
            @Nullable Boolean dotFiles,
            @Nullable Boolean legacyAlgorithms) {
        SealedRemote {
            hostKeys = List.copyOf(hostKeys);
            folders = List.copyOf(folders);
        }

        /** Says nothing of what is in it. */
        @Override
        public String toString() {
            return "SealedRemote";
        }

        static SealedRemote of(Remote remote) {
            Credentials credentials = remote.credentials();
            return new SealedRemote(
                    remote.name(),
                    remote.host(),
                    remote.port(),
                    remote.user(),
                    credentials instanceof Credentials.Password(String password) ? password : null,
                    credentials instanceof Credentials.PrivateKey key ? key.key() : null,
                    credentials instanceof Credentials.PrivateKey key ? key.passphrase() : null,
                    remote.hostKeys(),
                    remote.folders(),
                    remote.mode(),
                    remote.maxJobs(),
                    remote.maxChannels(),
                    remote.freeSpacePercentage().isPresent()
                            ? (Integer) remote.freeSpacePercentage().getAsInt()
                            : null,
                    remote.fileSystem(),
                    remote.dotFiles(),
                    remote.legacyAlgorithms());
        }

        Remote toRemote() {
            Credentials credentials = password != null
                    ? new Credentials.Password(password)
                    : key != null ? new Credentials.PrivateKey(key, passphrase) : new Credentials.Agent();
            return new Remote(
                    name,
                    host,
                    port,
                    user,
                    credentials,
                    hostKeys,
                    folders,
                    mode,
                    maxJobs,
                    maxChannels,
                    freeSpacePercentage == null ? OptionalInt.empty() : OptionalInt.of(freeSpacePercentage),
                    fileSystem,
                    dotFiles != null && dotFiles,
                    legacyAlgorithms != null && legacyAlgorithms);
        }
    }
}
