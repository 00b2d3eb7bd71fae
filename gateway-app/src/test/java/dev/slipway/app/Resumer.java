package dev.slipway.app;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Path;

/** A real client that resumes uploads. */
enum Resumer {
    /** {@code put -c}: SIZE, REST and STOR. */
    LFTP_FTPS,
    /** {@code -C -}: SIZE and APPE. */
    CURL_FTPS,
    /** {@code put -c}: LSTAT, and an open without truncation. */
    LFTP_SFTP,
    /** OpenSSH's {@code reput}. */
    OPENSSH;

    /** A client that uploads a file from its beginning. */
    ClientCommand upload(ListenPorts ports, Path file, String key, long bytesPerSecond) throws IOException {
        return switch (this) {
            case LFTP_FTPS, LFTP_SFTP -> lftp(ports, bytesPerSecond, "put " + file + " -o " + key);
            case CURL_FTPS -> Protocol.EXPLICIT_FTPS.upload(ports, file, key, bytesPerSecond);
            case OPENSSH -> Protocol.SFTP.upload(ports, file, key, bytesPerSecond);
        };
    }

    /** A client that uploads what is missing of a file. */
    ClientCommand resume(ListenPorts ports, Path file, String key, long bytesPerSecond) throws IOException {
        return switch (this) {
            case LFTP_FTPS, LFTP_SFTP -> lftp(ports, bytesPerSecond, "put -c " + file + " -o " + key);
            case CURL_FTPS ->
                Protocol.curl(
                        bytesPerSecond,
                        "-C",
                        "-",
                        "-T",
                        file.toString(),
                        "ftp://127.0.0.1:" + ports.explicit() + "/" + key);
            case OPENSSH -> Protocol.sftp(ports, bytesPerSecond, "reput " + file + " " + key + "\n");
        };
    }

    /** lftp with a given command. */
    ClientCommand lftp(ListenPorts ports, long bytesPerSecond, String command) {
        String settings = "set ssl:verify-certificate no; set ftp:ssl-force yes; set net:max-retries 1;"
                + " set net:timeout " + Patience.SECONDS + "; set cmd:fail-exit yes; set sftp:auto-confirm yes;"
                + " set sftp:connect-program 'ssh -a -x -F none -o StrictHostKeyChecking=no"
                // If lftp is killed during login, its ssh remains and answers further prompts with nothing.
                + " -o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1';"
                + (bytesPerSecond == Protocol.UNLIMITED ? "" : " set net:limit-rate 0:" + bytesPerSecond + ";");
        String place = this == LFTP_FTPS ? "ftp://127.0.0.1:" + ports.explicit() : "sftp://127.0.0.1:" + ports.ssh();
        return Clients.command(
                "lftp",
                "-c",
                settings + " debug 5; open -u " + Protocol.USER + "," + Protocol.PASSWORD + " " + place + "; "
                        + command);
    }
}
