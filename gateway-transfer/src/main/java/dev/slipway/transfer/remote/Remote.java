package dev.slipway.transfer.remote;

import java.util.List;
import java.util.OptionalInt;

/**
 * A server that files are pushed to over SSH.
 *
 * @param name its name: letters, digits, {@code .}, {@code -} and {@code _}
 * @param host an address or a name
 * @param port 1 to 65535
 * @param user the user to log in as
 * @param credentials the proof
 * @param hostKeys the accepted host keys, at least one of: a public key ({@code ssh-ed25519 AAAA…}), a fingerprint
 *     ({@code SHA256:…}), {@code @cert-authority ssh-ed25519 AAAA…} for host certificates
 * @param folders absolute paths of the folders that may be written to; empty for anywhere, by administrators only
 * @param mode the transfer mode
 * @param maxJobs maximum number of concurrent jobs, at least 1
 * @param maxChannels maximum number of concurrent parts of one file, at least 1
 * @param freeSpacePercentage share of its file system that must stay free after a file, 0 to 100; empty for that of the
 *     gateway
 * @param fileSystem the path whose file system is measured; empty for that of the destination
 * @param dotFiles whether paths may have, below the folder, a segment that begins with a dot: such files configure
 *     shells and logins in home folders
 * @param legacyAlgorithms whether it is also offered algorithms that are no longer safe, such as SHA-1
 */
public record Remote(
        String name,
        String host,
        int port,
        String user,
        Credentials credentials,
        List<String> hostKeys,
        List<String> folders,
        TransferMode mode,
        int maxJobs,
        int maxChannels,
        OptionalInt freeSpacePercentage,
        String fileSystem,
        boolean dotFiles,
        boolean legacyAlgorithms) {
    public static final int DEFAULT_PORT = 22;
    public static final int DEFAULT_MAX_JOBS = 4;
    public static final int DEFAULT_MAX_CHANNELS = 4;

    public Remote {
        hostKeys = List.copyOf(hostKeys);
        folders = List.copyOf(folders);
    }

    /** A remote without files that begin with a dot, and without old algorithms. */
    public Remote(
            String name,
            String host,
            int port,
            String user,
            Credentials credentials,
            List<String> hostKeys,
            List<String> folders,
            TransferMode mode,
            int maxJobs,
            int maxChannels,
            OptionalInt freeSpacePercentage,
            String fileSystem) {
        this(
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
                freeSpacePercentage,
                fileSystem,
                false,
                false);
    }

    /** The same with other host keys. */
    public Remote withHostKeys(List<String> value) {
        return new Remote(
                name,
                host,
                port,
                user,
                credentials,
                value,
                folders,
                mode,
                maxJobs,
                maxChannels,
                freeSpacePercentage,
                fileSystem,
                dotFiles,
                legacyAlgorithms);
    }

    /** The same with another login. */
    public Remote withLogin(String otherUser, Credentials otherCredentials) {
        return new Remote(
                name,
                host,
                port,
                otherUser,
                otherCredentials,
                hostKeys,
                folders,
                mode,
                maxJobs,
                maxChannels,
                freeSpacePercentage,
                fileSystem,
                dotFiles,
                legacyAlgorithms);
    }

    /** The same with other rules on where files may be written. */
    public Remote withPlaces(List<String> allowedFolders, boolean allowDotFiles) {
        return new Remote(
                name,
                host,
                port,
                user,
                credentials,
                hostKeys,
                allowedFolders,
                mode,
                maxJobs,
                maxChannels,
                freeSpacePercentage,
                fileSystem,
                allowDotFiles,
                legacyAlgorithms);
    }

    /** The same with or without algorithms that are no longer safe. */
    public Remote withLegacyAlgorithms(boolean value) {
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
                freeSpacePercentage,
                fileSystem,
                dotFiles,
                value);
    }
}
