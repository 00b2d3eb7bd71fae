package dev.slipway.ingest.openpgp;

import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys of a configuration, by their names. Immutable. */
public final class OpenPgpKeys {
    /** Of a file with a key: more than the largest keys with all their signatures. */
    private static final int LARGEST = 1 << 20;

    private final Map<String, OpenPgpKey> keys;

    private OpenPgpKeys(Map<String, OpenPgpKey> keys) {
        this.keys = Map.copyOf(keys);
    }

    /** No keys. */
    public static OpenPgpKeys none() {
        return new OpenPgpKeys(Map.of());
    }

    /**
     * Reads all keys, and unlocks those that are secret.
     *
     * @param problems gets what is wrong with any of them
     */
    public static OpenPgpKeys read(List<OpenPgpKeySettings> settings, List<Problem> problems) {
        Map<String, OpenPgpKey> keys = new LinkedHashMap<>();
        for (int i = 0; i < settings.size(); i++) {
            OpenPgpKeySettings key = settings.get(i);
            String section = "openpgpKeys[" + i + "].";
            Path file = key.file();
            String setting = section + (file == null ? "secretKey" : "file");
            String shown = file == null ? "***" : file.toString();
            try {
                keys.put(key.name(), OpenPgpKey.read(key.name(), bytes(key), passphrase(key.passphrase())));
            } catch (OpenPgpException e) {
                problems.add(new Problem("", setting, shown, String.valueOf(e.getMessage())));
            } catch (IOException e) {
                problems.add(new Problem("", setting, shown, "cannot be read: " + e));
            }
        }
        return new OpenPgpKeys(keys);
    }

    private static char @Nullable [] passphrase(@Nullable Secret passphrase) {
        return passphrase == null ? null : passphrase.revealChars();
    }

    private static byte[] bytes(OpenPgpKeySettings key) throws IOException {
        if (key.secretKey() != null) {
            return key.secretKey().reveal().getBytes(StandardCharsets.UTF_8);
        }
        if (key.file() == null) {
            return new byte[0];
        }
        try (var in = Files.newInputStream(key.file())) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new OpenPgpException("is larger than 1 MiB, and no key");
            }
            return bytes;
        }
    }

    /**
     * The keys with these names.
     *
     * @throws OpenPgpException there is none with one of them
     */
    public List<OpenPgpKey> find(List<String> names) throws OpenPgpException {
        List<OpenPgpKey> found = new ArrayList<>();
        for (String name : names) {
            OpenPgpKey key = keys.get(name);
            if (key == null) {
                throw new OpenPgpException("The configuration has no key " + name + " in openpgpKeys.");
            }
            found.add(key);
        }
        return found;
    }

    /** All keys that have secret parts. */
    public List<OpenPgpKey> secret() {
        return keys.values().stream().filter(OpenPgpKey::isSecret).toList();
    }

    /**
     * Why a key cannot be used; empty if it can, or if it could not be read. The text continues the name of a key.
     *
     * @param now when it is to be used
     */
    public Optional<String> problem(KeyUse use, Instant now) {
        return Optional.ofNullable(keys.get(use.key())).flatMap(key -> key.problem(use.purpose(), now));
    }
}
