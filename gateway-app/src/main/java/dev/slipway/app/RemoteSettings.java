package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.SecretKeyFile;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.TransferSettings;
import dev.slipway.transfer.remote.Authentication;
import dev.slipway.transfer.remote.KnownHosts;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteDefinition;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.SecretKeyException;
import dev.slipway.transfer.remote.StoredRemotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
        List<RemoteDefinition> definitions = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < settings.remotes().size(); i++) {
            String key = "remotes[" + i + "].";
            int before = problems.size();
            RemoteDefinition definition = definition(settings.remotes().get(i), key, problems);
            if (problems.size() == before) {
                definition.problems().forEach(problem -> problems.add(Problem.of(key, problem)));
            }
            definitions.add(definition);
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return definitions.stream().map(definition -> definition.remote(null)).toList();
    }

    /** The remote as its rules see it. Reads the files that it names. */
    private static RemoteDefinition definition(GatewaySettings.Remote from, String key, List<Problem> problems) {
        return new RemoteDefinition(
                from.name(),
                from.host(),
                from.port(),
                from.user(),
                from.agent() ? Authentication.AGENT : null,
                reveal(from.password()),
                from.keyFile() == null ? reveal(from.key()) : read(from.keyFile(), key + "keyFile", problems),
                reveal(from.passphrase()),
                hostKeys(from, key, problems),
                from.folders(),
                from.mode(),
                from.maxJobs(),
                from.maxChannels(),
                from.freeSpacePercentage(),
                from.fileSystem(),
                from.dotFiles(),
                from.legacyAlgorithms());
    }

    private static @Nullable String reveal(@Nullable Secret secret) {
        return secret == null ? null : secret.reveal();
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
