package dev.slipway.transfer.remote;

import dev.slipway.core.NameRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules for remotes, and for paths that may be written to. */
public final class RemoteRules {
    private static final Pattern HOST = Pattern.compile("[^\\s/@\\p{Cntrl}]{1,253}");
    private static final Pattern USER = Pattern.compile("[^\\s\\p{Cntrl}][^\\p{Cntrl}]{0,127}");
    private static final int MOST_JOBS = 1000;
    private static final int MOST_CHANNELS = 64;

    private RemoteRules() {}

    /** Every problem of a remote; empty if it is valid. Does not contact the remote. */
    public static List<RemoteProblem> check(Remote remote) {
        List<RemoteProblem> problems = new ArrayList<>();
        require(problems, NameRule.REMOTE.accepts(remote.name()), "name", "must be " + NameRule.REMOTE.expected());
        require(problems, HOST.matcher(remote.host()).matches(), "host", "must be an address or a host name");
        require(problems, remote.port() >= 1 && remote.port() <= 65535, "port", "must be from 1 to 65535");
        require(problems, USER.matcher(remote.user()).matches(), "user", "must be a login name");
        checkCredentials(problems, remote.credentials());
        require(
                problems,
                !remote.hostKeys().isEmpty(),
                "hostKeys",
                "must have at least one: a public key as in known_hosts, a fingerprint (SHA256:…), or @cert-authority"
                        + " and a public key");
        for (int i = 0; i < remote.hostKeys().size(); i++) {
            String key = remote.hostKeys().get(i);
            attempt(problems, "hostKeys[" + i + "]", () -> HostKeys.parse(List.of(key)));
        }
        for (int i = 0; i < remote.folders().size(); i++) {
            require(
                    problems,
                    isPlain(remote.folders().get(i)),
                    "folders[" + i + "]",
                    "must be an absolute path without '.' and '..'");
        }
        require(
                problems,
                remote.maxJobs() >= 1 && remote.maxJobs() <= MOST_JOBS,
                "maxJobs",
                "must be from 1 to " + MOST_JOBS);
        require(
                problems,
                remote.maxChannels() >= 1 && remote.maxChannels() <= MOST_CHANNELS,
                "maxChannels",
                "must be from 1 to " + MOST_CHANNELS);
        remote.freeSpacePercentage()
                .ifPresent(percentage -> require(
                        problems,
                        percentage >= 0 && percentage <= 100,
                        "freeSpacePercentage",
                        "must be from 0 to 100"));
        require(
                problems,
                remote.fileSystem().isEmpty() || isPlain(remote.fileSystem()),
                "fileSystem",
                "must be an absolute path without '.' and '..'");
        return problems;
    }

    /** Every problem of credentials; empty if they are valid. Does not contact the remote. */
    public static List<RemoteProblem> check(Credentials credentials) {
        List<RemoteProblem> problems = new ArrayList<>();
        checkCredentials(problems, credentials);
        return problems;
    }

    /**
     * Whether a private key is encrypted.
     *
     * @param key in OpenSSH's or PEM form; of what is no key the answer is no
     */
    public static boolean needsPassphrase(String key) {
        return PrivateKeys.isEncrypted(key);
    }

    /** @throws InvalidRemoteException there is something wrong */
    static void require(Remote remote) {
        List<RemoteProblem> problems = check(remote);
        if (!problems.isEmpty()) {
            throw new InvalidRemoteException(problems);
        }
    }

    /**
     * Whether a path may be written to: it is absolute, has no {@code .} and {@code ..}, and is in one of the remote's
     * folders, if there are any. Links must be resolved on the remote.
     */
    public static boolean allows(Remote remote, String path) {
        if (!isPlain(path)) {
            return false;
        }
        return remote.folders().isEmpty()
                || remote.folders().stream().anyMatch(folder -> {
                    String prefix = folder.endsWith("/") ? folder : folder + "/";
                    return path.startsWith(prefix) && path.length() > prefix.length();
                });
    }

    /**
     * The first segment of a path that begins with a dot, if the remote does not allow such files. The folder's own
     * path does not count.
     *
     * @param path absolute, in one of the folders if there are any
     */
    public static Optional<String> dotFile(Remote remote, String path) {
        if (remote.dotFiles()) {
            return Optional.empty();
        }
        String top = remote.folders().stream()
                .map(folder -> folder.endsWith("/") ? folder : folder + "/")
                .filter((path + "/")::startsWith)
                .max(Comparator.comparingInt(String::length))
                .orElse("/");
        return dotFile(path.substring(Math.min(top.length(), path.length())));
    }

    /** The first part of a path that begins with a dot and is a name. */
    public static Optional<String> dotFile(String path) {
        return Stream.of(path.split("/", -1))
                .filter(part -> part.startsWith(".") && !part.equals(".") && !part.equals(".."))
                .findFirst();
    }

    private static boolean isPlain(String path) {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            return false;
        }
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                return false;
            }
        }
        return true;
    }

    private static void checkCredentials(List<RemoteProblem> problems, Credentials credentials) {
        switch (credentials) {
            case Credentials.Password password ->
                require(problems, !password.password().isEmpty(), "password", "must not be empty");
            case Credentials.PrivateKey key -> attempt(problems, "key", () -> PrivateKeys.load(key));
            case Credentials.Agent _ -> {
                // Which keys it has is found out when it is asked.
            }
        }
    }

    private static void require(List<RemoteProblem> problems, boolean good, String field, String message) {
        if (!good) {
            problems.add(new RemoteProblem(field, message));
        }
    }

    private static void attempt(List<RemoteProblem> problems, String field, Runnable parse) {
        try {
            parse.run();
        } catch (IllegalArgumentException e) {
            problems.add(new RemoteProblem(field, String.valueOf(e.getMessage())));
        }
    }
}
