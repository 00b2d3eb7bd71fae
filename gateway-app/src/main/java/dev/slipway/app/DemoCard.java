package dev.slipway.app;

import dev.slipway.app.keys.Fingerprints;
import dev.slipway.app.keys.SshKeys;
import java.net.URI;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a demo prints when it is ready: everything needed for a first upload.
 *
 * @param options the demo's options
 * @param credentials all logins
 * @param explicitPort the real one
 * @param implicitPort the real one
 * @param sftpPort the real one
 * @param store the embedded store's address
 * @param bucket the bucket in it
 * @param adminPort the port of metrics and health, if there is one
 * @param console whether it leads to the console
 * @param certificateAuthority the file that verifies the certificate
 * @param certificateFingerprint SHA-256
 * @param hostKeys all host keys
 * @param knownHosts the file that verifies the host keys
 */
record DemoCard(
        DemoOptions options,
        DemoCredentials credentials,
        int explicitPort,
        int implicitPort,
        int sftpPort,
        URI store,
        String bucket,
        OptionalInt adminPort,
        boolean console,
        Path certificateAuthority,
        String certificateFingerprint,
        List<PublicKey> hostKeys,
        Path knownHosts) {

    /** The lines of the card; the first begins with {@code ready}. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("ready: FTPS and SFTP on 127.0.0.1, files in " + options.data() + ", Ctrl-C stops it");
        lines.add("");
        lines.add("  User           " + credentials.user());
        lines.add("  Password       " + credentials.password());
        lines.add("  FTPS explicit  127.0.0.1 port " + explicitPort + "  (AUTH TLS; passive ports "
                + (options.passivePorts().first() == 0 ? "as they are free" : options.passivePorts()) + ")");
        lines.add("  FTPS implicit  127.0.0.1 port " + implicitPort);
        lines.add("    certificate  SHA-256 " + certificateFingerprint);
        lines.add("  SFTP, SCP      127.0.0.1 port " + sftpPort);
        for (PublicKey key : hostKeys) {
            lines.add("    host key     " + Fingerprints.of(key) + " (" + SshKeys.type(key) + ")");
        }
        lines.add("  S3 store       " + store + "  bucket " + bucket + ", region us-east-1");
        lines.add("    access key   " + credentials.accessKey());
        lines.add("    secret key   " + credentials.secretKey());
        if (console) {
            adminPort.ifPresent(port -> lines.add("  Console        http://127.0.0.1:" + port
                    + "/console/  (sign in with the user and password above)"));
        }
        adminPort.ifPresent(port -> lines.add("  Metrics        http://127.0.0.1:" + port + "/metrics"));
        lines.add("");
        lines.add("Upload a file, list, and download it (these commands verify the certificate and the host key):");
        lines.add("");
        commands().forEach(command -> lines.add("  " + command));
        return lines;
    }

    /**
     * Commands that work when pasted into a shell in any folder; sftp and ssh ask for the password. Without a command, ssh
     * leads into the shell for administrators.
     */
    List<String> commands() {
        String login = credentials.user() + ":" + credentials.password();
        String curl = "curl --cacert " + quote(certificateAuthority.toString()) + " --user " + quote(login);
        return List.of(
                "echo hello > hello.txt",
                curl + " --ssl-reqd --upload-file hello.txt ftp://127.0.0.1:" + explicitPort + "/",
                curl + " ftps://127.0.0.1:" + implicitPort + "/",
                curl + " ftps://127.0.0.1:" + implicitPort + "/hello.txt",
                "lftp -u " + quote(credentials.user() + "," + credentials.password()) + " -e "
                        + quote("set ssl:ca-file " + inQuotes(certificateAuthority)
                                + "; set ftp:ssl-force yes; ls; bye")
                        + " ftp://127.0.0.1:" + explicitPort,
                "sftp -P " + sftpPort + " -o "
                        + quote("UserKnownHostsFile=" + inQuotes(knownHosts)) + " "
                        + credentials.user() + "@127.0.0.1",
                "ssh -p " + sftpPort + " -o "
                        + quote("UserKnownHostsFile=" + inQuotes(knownHosts)) + " "
                        + credentials.user() + "@127.0.0.1 sessions list");
    }

    /** The lines of the file that {@code ssh} looks host keys up in. */
    static String knownHosts(int port, List<PublicKey> keys) {
        StringBuilder text = new StringBuilder();
        for (PublicKey key : keys) {
            text.append("[127.0.0.1]:")
                    .append(port)
                    .append(' ')
                    .append(SshKeys.format(key))
                    .append('\n');
        }
        return text.toString();
    }

    /** Quotes a word for a shell, if necessary. */
    private static String quote(String text) {
        return text.matches("[A-Za-z0-9_./:,=@+-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    /** For the options of lftp and ssh, which split at blanks outside double quotes. */
    private static String inQuotes(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_./-]+") ? text : "\"" + text + "\"";
    }
}
