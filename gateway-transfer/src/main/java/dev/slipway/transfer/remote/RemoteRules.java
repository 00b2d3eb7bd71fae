package dev.slipway.transfer.remote;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
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
    private static final String HOST_KEYS =
            "at least one: a public key as in known_hosts, a fingerprint (SHA256:…), or @cert-authority and a public key";
    private static final int MOST_JOBS = 1000;
    private static final int MOST_CHANNELS = 64;

    private RemoteRules() {}

    /** Every problem of a remote; empty if it is valid. Does not contact the remote. */
    public static List<FieldProblem> check(Remote remote) {
        List<FieldProblem> problems = new ArrayList<>();
        if (!NameRule.REMOTE.accepts(remote.name())) {
            problems.add(notValid("name", remote.name(), NameRule.REMOTE.expected()));
        }
        problems.addAll(checkAddress(remote.host(), remote.port()));
        if (!USER.matcher(remote.user()).matches()) {
            problems.add(notValid("user", remote.user(), "a login name"));
        }
        checkCredentials(problems, remote.credentials());
        if (remote.hostKeys().isEmpty()) {
            problems.add(new FieldProblem("hostKeys", "there is none", HOST_KEYS));
        }
        for (int i = 0; i < remote.hostKeys().size(); i++) {
            String key = remote.hostKeys().get(i);
            try {
                HostKeys.parse(List.of(key));
            } catch (IllegalArgumentException e) {
                problems.add(notValid("hostKeys[" + i + "]", key, String.valueOf(e.getMessage())));
            }
        }
        for (int i = 0; i < remote.folders().size(); i++) {
            checkPath(problems, "folders[" + i + "]", remote.folders().get(i));
        }
        checkRange(problems, "maxJobs", remote.maxJobs(), 1, MOST_JOBS);
        checkRange(problems, "maxChannels", remote.maxChannels(), 1, MOST_CHANNELS);
        remote.freeSpacePercentage()
                .ifPresent(percentage -> checkRange(problems, "freeSpacePercentage", percentage, 0, 100));
        if (!remote.fileSystem().isEmpty()) {
            checkPath(problems, "fileSystem", remote.fileSystem());
        }
        return problems;
    }

    /** Every problem of the fields host and port; empty if they are valid. */
    public static List<FieldProblem> checkAddress(String host, int port) {
        List<FieldProblem> problems = new ArrayList<>();
        if (!HOST.matcher(host).matches()) {
            problems.add(notValid("host", host, "an address or a host name"));
        }
        checkRange(problems, "port", port, 1, 65_535);
        return problems;
    }

    private static FieldProblem notValid(String field, String value, String expected) {
        return new FieldProblem(field, "'" + value + "' is not valid", expected);
    }

    private static void checkPath(List<FieldProblem> problems, String field, String path) {
        if (!isPlain(path)) {
            problems.add(notValid(field, path, "an absolute path without '.' and '..'"));
        }
    }

    private static void checkRange(List<FieldProblem> problems, String field, int value, int least, int most) {
        if (value < least || value > most) {
            problems.add(new FieldProblem(field, "it is " + value, "a whole number from " + least + " to " + most));
        }
    }

    /** Every problem of credentials; empty if they are valid. Does not contact the remote. */
    public static List<FieldProblem> check(Credentials credentials) {
        List<FieldProblem> problems = new ArrayList<>();
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

    /** @throws InvalidFieldsException there is something wrong */
    static void require(Remote remote) {
        InvalidFieldsException.throwIfAny(check(remote));
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

    /** The path of a name in a folder. */
    static String below(String folder, String name) {
        return folder.endsWith("/") ? folder + name : folder + "/" + name;
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

    private static void checkCredentials(List<FieldProblem> problems, Credentials credentials) {
        switch (credentials) {
            case Credentials.Password password -> {
                if (password.password().isEmpty()) {
                    problems.add(new FieldProblem("password", "it is empty", "a password"));
                }
            }
            case Credentials.PrivateKey key -> {
                try {
                    PrivateKeys.load(key);
                } catch (IllegalArgumentException e) {
                    problems.add(
                            new FieldProblem("key", "it " + e.getMessage(), "a private key in OpenSSH or PEM format"));
                }
            }
            case Credentials.Agent _ -> {
                // Which keys it has is found out when it is asked.
            }
        }
    }
}
