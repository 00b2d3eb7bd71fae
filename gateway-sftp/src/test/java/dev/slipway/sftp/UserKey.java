package dev.slipway.sftp;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.List;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;

/**
 * A key pair for logins with OpenSSH's programs, since a test cannot enter passwords.
 *
 * @param file the private key
 */
record UserKey(Path file, PublicKey publicKey) {
    /** Makes an Ed25519 key in a folder, with OpenSSH's own program. */
    static UserKey create(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        return create(folder, "ed25519");
    }

    /**
     * Makes a key in a folder, with OpenSSH's own program.
     *
     * @param type as {@code ssh-keygen} names it
     */
    static UserKey create(Path folder, String type) throws IOException, GeneralSecurityException, InterruptedException {
        Path file = folder.resolve("id_" + type);
        Clients.command("ssh-keygen", "-q", "-t", type, "-N", "", "-f", file.toString())
                .run(Patience.LIMIT)
                .assertSuccess();
        String line = Files.readString(folder.resolve("id_" + type + ".pub"));
        PublicKey key = AuthorizedKeyEntry.parseAuthorizedKeyEntry(line).resolvePublicKey(null, null);
        return new UserKey(file, key);
    }

    /** The options of {@code ssh}, {@code scp} and {@code sftp} that use it and suppress all prompts. */
    List<String> options() {
        return List.of(
                "-F",
                "none",
                "-i",
                file.toString(),
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR");
    }
}
