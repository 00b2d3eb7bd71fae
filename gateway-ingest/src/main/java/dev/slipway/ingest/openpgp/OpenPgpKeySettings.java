package dev.slipway.ingest.openpgp;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A key of OpenPGP that rules name. */
public record OpenPgpKeySettings(
        @Setting("Name of the key, for the steps of rules: letters, digits, `.`, `-` and `_`.")
        String name,

        @Setting("File with the public key of somebody else, or with a secret key of your own; armored or binary, as"
                + " `gpg --export` and `gpg --export-secret-keys` write it. It has one key, with its subkeys. It is read"
                + " at the start.")
        @Nullable
        Path file,

        @Setting("Instead of `file`: the armored secret key itself, best from an environment variable.") @Nullable
        Secret secretKey,

        @Setting("Passphrase of the secret key.") @Nullable Secret passphrase)
        implements CheckedSettings {
    @Override
    public void check(Problems problems) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            problems.add("name", name, "must be 1 to 64 letters, digits, '.', '-' and '_'");
        }
        if (file == null && secretKey == null) {
            problems.add("file", null, "is required, or secretKey");
        }
        if (file != null && secretKey != null) {
            problems.add("file", file, "cannot be used together with secretKey: use one of them");
        }
    }
}
