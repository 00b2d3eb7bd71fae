package dev.slipway.transfer.remote;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.transfer.json.JsonWords;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A remote, as somebody specifies it: in the configuration, in JSON or by the options of a command. What is null has its
 * default. Nothing is checked before {@link #problems} or {@link #remote}. {@link Remote} describes the components.
 *
 * @param port Default: 22
 * @param authentication how the gateway logs in. Default: with the password or key that is given
 * @param password null if it logs in otherwise
 * @param key a private key in OpenSSH's or PEM form; null if it logs in otherwise
 * @param passphrase null if the key is not encrypted
 * @param hostKeys at least one
 * @param folders Default: anywhere, by administrators only
 * @param mode Default: {@link TransferMode#AUTO}
 * @param maxJobs Default: {@link Remote#DEFAULT_MAX_JOBS}
 * @param maxChannels Default: {@link Remote#DEFAULT_MAX_CHANNELS}
 * @param freeSpacePercentage Default: that of the gateway
 * @param fileSystem Default: that of the destination
 */
public record RemoteDefinition(
        String name,
        String host,
        @Nullable Integer port,
        String user,
        @Nullable Authentication authentication,
        @Nullable String password,
        @Nullable String key,
        @Nullable String passphrase,
        @Nullable List<String> hostKeys,
        @Nullable List<String> folders,
        @Nullable TransferMode mode,
        @Nullable Integer maxJobs,
        @Nullable Integer maxChannels,
        @Nullable Integer freeSpacePercentage,
        @Nullable String fileSystem,
        boolean dotFiles,
        boolean legacyAlgorithms) {
    private static final String EITHER = "password, key or agent";

    /** The definition of a remote as it is now, without its credentials. */
    public static RemoteDefinition of(Remote remote) {
        OptionalInt percentage = remote.freeSpacePercentage();
        return new RemoteDefinition(
                remote.name(),
                remote.host(),
                remote.port(),
                remote.user(),
                null,
                null,
                null,
                null,
                remote.hostKeys(),
                remote.folders(),
                remote.mode(),
                remote.maxJobs(),
                remote.maxChannels(),
                percentage.isPresent() ? (Integer) percentage.getAsInt() : null,
                remote.fileSystem(),
                remote.dotFiles(),
                remote.legacyAlgorithms());
    }

    /** Every problem of a new remote; empty if there is none. Does not contact the remote. */
    public List<FieldProblem> problems() {
        return problems(null);
    }

    /**
     * Every problem; empty if there is none. Does not contact the remote.
     *
     * @param earlier the credentials of the remote that is changed, which it keeps if no others are given; null for a new
     *     one
     */
    public List<FieldProblem> problems(@Nullable Credentials earlier) {
        List<FieldProblem> problems = new ArrayList<>();
        if (password != null && key != null) {
            problems.add(new FieldProblem("password", "it cannot be used together with key", "one of them"));
        }
        if (passphrase != null && key == null) {
            problems.add(new FieldProblem("passphrase", "it is given without a key", "a key as well"));
        }
        Authentication given = given();
        if (authentication == null && given == null && earlier == null) {
            problems.add(new FieldProblem("authentication", "it is missing", EITHER));
        } else if (authentication != null && given != null && authentication != given) {
            problems.add(new FieldProblem(
                    "authentication",
                    "it is " + JsonWords.of(authentication) + ", but a " + JsonWords.of(given) + " is given",
                    JsonWords.of(given)));
        } else if (given == null && !keeps(earlier)) {
            String missing = authentication == Authentication.PASSWORD ? "password" : "key";
            if (authentication != Authentication.AGENT) {
                problems.add(new FieldProblem(missing, "it is missing", "the " + missing));
            }
        }
        RemoteRules.check(unchecked(earlier)).stream()
                .filter(problem ->
                        problems.stream().noneMatch(told -> told.field().equals(problem.field())))
                .forEach(problems::add);
        return problems;
    }

    /**
     * The remote.
     *
     * @param earlier see {@link #problems}
     * @throws InvalidFieldsException there are problems
     */
    public Remote remote(@Nullable Credentials earlier) {
        InvalidFieldsException.throwIfAny(problems(earlier));
        return unchecked(earlier);
    }

    private @Nullable Authentication given() {
        return password != null ? Authentication.PASSWORD : key != null ? Authentication.KEY : null;
    }

    private boolean keeps(@Nullable Credentials earlier) {
        return earlier != null
                && given() == null
                && (authentication == null || authentication == Authentication.of(earlier));
    }

    private Credentials credentials(@Nullable Credentials earlier) {
        if (earlier != null && keeps(earlier)) {
            return earlier;
        } else if (password != null) {
            return new Credentials.Password(password);
        }
        return key != null ? new Credentials.PrivateKey(key, passphrase) : new Credentials.Agent();
    }

    /** The remote, without any check. */
    Remote unchecked(@Nullable Credentials earlier) {
        return new Remote(
                name,
                host,
                port == null ? Remote.DEFAULT_PORT : port,
                user,
                credentials(earlier),
                hostKeys == null ? List.of() : hostKeys,
                folders == null ? List.of() : folders,
                Objects.requireNonNullElse(mode, TransferMode.AUTO),
                maxJobs == null ? Remote.DEFAULT_MAX_JOBS : maxJobs,
                maxChannels == null ? Remote.DEFAULT_MAX_CHANNELS : maxChannels,
                freeSpacePercentage == null ? OptionalInt.empty() : OptionalInt.of(freeSpacePercentage),
                Objects.requireNonNullElse(fileSystem, ""),
                dotFiles,
                legacyAlgorithms);
    }

    /** Without its secrets. */
    @Override
    public String toString() {
        return "remote " + name;
    }
}
