package dev.slipway.app.config;

import dev.slipway.app.keys.Secret;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteProblem;
import dev.slipway.transfer.remote.RemoteRules;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/** The remotes of the settings. */
public final class ConfiguredRemotes {
    private ConfiguredRemotes() {}

    /**
     * Makes remotes of the settings. Blocks for the files of their keys.
     *
     * @throws ConfigurationException a key cannot be read, or is none
     */
    public static List<Remote> of(GatewaySettings settings) throws ConfigurationException {
        List<Remote> remotes = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < settings.remotes().size(); i++) {
            GatewaySettings.Remote remote = settings.remotes().get(i);
            String key = "remotes[" + i + "].";
            try {
                Remote made = remote(remote, credentials(remote));
                for (RemoteProblem problem : RemoteRules.check(made)) {
                    problems.add(new Problem(
                            "",
                            key + (problem.field().equals("key") ? "keyFile" : problem.field()),
                            null,
                            problem.message()));
                }
                remotes.add(made);
            } catch (IOException e) {
                problems.add(new Problem(
                        "", key + "keyFile", String.valueOf(remote.keyFile()), "cannot be read: " + e.getMessage()));
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return remotes;
    }

    private static Credentials credentials(GatewaySettings.Remote remote) throws IOException {
        if (remote.keyFile() != null) {
            Secret passphrase = remote.passphrase();
            return new Credentials.PrivateKey(
                    Files.readString(remote.keyFile()), passphrase == null ? null : passphrase.reveal());
        }
        Secret password = remote.password();
        return password == null ? new Credentials.Agent() : new Credentials.Password(password.reveal());
    }

    static Remote remote(GatewaySettings.Remote remote, Credentials credentials) {
        Integer free = remote.freeSpacePercentage();
        return new Remote(
                remote.name(),
                remote.host(),
                remote.port(),
                remote.user(),
                credentials,
                remote.hostKeys(),
                remote.folders(),
                remote.mode(),
                remote.maxJobs(),
                remote.maxChannels(),
                free == null ? OptionalInt.empty() : OptionalInt.of(free),
                Objects.requireNonNullElse(remote.fileSystem(), ""));
    }
}
