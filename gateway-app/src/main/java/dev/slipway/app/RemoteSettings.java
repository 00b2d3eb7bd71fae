package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.SecretKeyFile;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.TransferSettings;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.KnownHosts;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteRules;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.SecretKeyException;
import dev.slipway.transfer.remote.StoredRemotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Converts the settings of remotes. */
final class RemoteSettings {
    private static final Logger log = LoggerFactory.getLogger(RemoteSettings.class);

    private static final String KEY_FILE = "secret.key";

    private RemoteSettings() {}

    /**
     * The remotes of a gateway: those of its settings, and those in its database. If secrets there were encrypted with
     * another key, the log says so, and everything that does not need them works.
     *
     * @throws ConfigurationException a file named in the settings cannot be read or is invalid
     * @throws IOException the file with the key cannot be read or created
     */
    static StoredRemotes open(GatewaySettings settings, StateDatabase database, SecretBox secrets)
            throws ConfigurationException, IOException {
        StoredRemotes remotes = new StoredRemotes(database, secrets, remotes(settings));
        try {
            remotes.verify();
        } catch (SecretKeyException e) {
            log.error("Remotes in the state database cannot be used: {}", e.getMessage());
        }
        return remotes;
    }

    /**
     * The key for secrets in the state database; created on first start unless the settings provide it.
     *
     * @throws IOException it cannot be read or created
     */
    static SecretBox secrets(GatewaySettings settings) throws IOException {
        TransferSettings transfer = settings.transfer();
        if (transfer.secretKey() != null) {
            return new SecretBox(SecretKeyFile.parse(transfer.secretKey().reveal()));
        }
        if (transfer.secretKeyFile() != null) {
            return new SecretBox(SecretKeyFile.read(transfer.secretKeyFile()));
        }
        return new SecretBox(
                SecretKeyFile.readOrCreate(settings.state().directory().resolve(KEY_FILE)));
    }

    /** The remotes in the settings. Reads the files that they name. */
    static List<Remote> remotes(GatewaySettings settings) throws ConfigurationException {
        List<Remote> remotes = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < settings.remotes().size(); i++) {
            GatewaySettings.Remote from = settings.remotes().get(i);
            String key = "remotes[" + i + "].";
            int before = problems.size();
            Remote remote = new Remote(
                    from.name(),
                    from.host(),
                    from.port(),
                    from.user(),
                    credentials(from, key, problems),
                    hostKeys(from, key, problems),
                    from.folders(),
                    from.mode(),
                    from.maxJobs(),
                    from.maxChannels(),
                    from.freeSpacePercentage() == null
                            ? OptionalInt.empty()
                            : OptionalInt.of(from.freeSpacePercentage()),
                    Objects.requireNonNullElse(from.fileSystem(), ""),
                    from.dotFiles());
            if (problems.size() == before) {
                RemoteRules.check(remote)
                        .forEach(problem ->
                                problems.add(new Problem("", key + problem.field(), null, problem.message())));
            }
            remotes.add(remote);
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return remotes;
    }

    private static Credentials credentials(GatewaySettings.Remote from, String key, List<Problem> problems) {
        if (from.password() != null) {
            return new Credentials.Password(from.password().reveal());
        }
        String passphrase = from.passphrase() == null ? null : from.passphrase().reveal();
        if (from.key() != null) {
            return new Credentials.PrivateKey(from.key().reveal(), passphrase);
        }
        if (from.keyFile() != null) {
            return new Credentials.PrivateKey(read(from.keyFile(), key + "keyFile", problems), passphrase);
        }
        return new Credentials.Agent();
    }

    private static List<String> hostKeys(GatewaySettings.Remote from, String key, List<Problem> problems) {
        List<String> hostKeys = new ArrayList<>(from.hostKeys());
        Path file = from.knownHostsFile();
        if (file != null) {
            int before = problems.size();
            String text = read(file, key + "knownHostsFile", problems);
            try {
                hostKeys.addAll(KnownHosts.hostKeys(text, from.host(), from.port()));
                if (hostKeys.isEmpty() && problems.size() == before) {
                    problems.add(
                            new Problem("", key + "knownHostsFile", file.toString(), "has no key for " + from.host()));
                }
            } catch (IllegalArgumentException e) {
                problems.add(new Problem("", key + "knownHostsFile", file.toString(), String.valueOf(e.getMessage())));
            }
        }
        return hostKeys;
    }

    private static String read(Path file, String key, List<Problem> problems) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            problems.add(new Problem("", key, file.toString(), "cannot be read: " + e));
            return "";
        }
    }
}
