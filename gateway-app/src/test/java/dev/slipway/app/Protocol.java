package dev.slipway.app;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A way to transfer a file, with its most common client. */
public enum Protocol {
    EXPLICIT_FTPS,
    IMPLICIT_FTPS,
    SFTP,
    SCP;

    public static final String USER = "anna";
    public static final String PASSWORD = "secret-of-anna";

    /** No limit for the client's speed. */
    static final long UNLIMITED = 0;

    /**
     * Where a gateway listens.
     *
     * @param explicit the control port of explicit FTPS
     * @param implicit the control port of implicit FTPS
     * @param ssh the port of SFTP and SCP
     */
    public record ListenPorts(int explicit, int implicit, int ssh) {
        static ListenPorts of(Gateway gateway) {
            return new ListenPorts(
                    gateway.explicitPort().orElseThrow(),
                    gateway.implicitPort().orElseThrow(),
                    gateway.sftpPort().orElseThrow());
        }
    }

    /**
     * A client that uploads a file.
     *
     * @param key the path without its first slash
     * @param bytesPerSecond the client's speed, or {@link #UNLIMITED}
     */
    ClientCommand upload(ListenPorts ports, Path file, String key, long bytesPerSecond) throws IOException {
        return switch (this) {
            case EXPLICIT_FTPS, IMPLICIT_FTPS -> curl(bytesPerSecond, "-T", file.toString(), url(ports, key));
            case SFTP -> sftp(ports, bytesPerSecond, "put " + file + " " + key + "\n");
            case SCP -> scp(ports, bytesPerSecond, file.toString(), USER + "@127.0.0.1:" + key);
        };
    }

    /** A client that downloads a file. */
    ClientCommand download(ListenPorts ports, String key, Path file) throws IOException {
        return download(ports, key, file, UNLIMITED);
    }

    /**
     * A client that downloads a file.
     *
     * @param bytesPerSecond the client's speed, or {@link #UNLIMITED}
     */
    ClientCommand download(ListenPorts ports, String key, Path file, long bytesPerSecond) throws IOException {
        return switch (this) {
            case EXPLICIT_FTPS, IMPLICIT_FTPS -> curl(bytesPerSecond, "-o", file.toString(), url(ports, key));
            case SFTP -> sftp(ports, bytesPerSecond, "get " + key + " " + file + "\n");
            case SCP -> scp(ports, bytesPerSecond, USER + "@127.0.0.1:" + key, file.toString());
        };
    }

    /** What a client prints when a transfer fails because of the store. */
    String unavailable() {
        return switch (this) {
            case EXPLICIT_FTPS, IMPLICIT_FTPS -> "< 451 ";
            case SFTP -> "ailure";
            case SCP -> "scp: ";
        };
    }

    /** What a client prints when an upload fails as busy. */
    String busy() {
        return switch (this) {
            case EXPLICIT_FTPS, IMPLICIT_FTPS -> "< 450 ";
            case SFTP -> "ailure";
            case SCP -> "scp: ";
        };
    }

    private String url(ListenPorts ports, String key) {
        return this == EXPLICIT_FTPS
                ? "ftp://127.0.0.1:" + ports.explicit() + "/" + key
                : "ftps://127.0.0.1:" + ports.implicit() + "/" + key;
    }

    static ClientCommand curl(long bytesPerSecond, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-sSvk", "--ssl-reqd", "--user", USER + ":" + PASSWORD));
        if (bytesPerSecond != UNLIMITED) {
            all.addAll(List.of("--limit-rate", String.valueOf(bytesPerSecond)));
        }
        all.addAll(List.of(arguments));
        return Clients.command("curl", all.toArray(String[]::new));
    }

    static ClientCommand sftp(ListenPorts ports, long bytesPerSecond, String batch) throws IOException {
        // -b turns on BatchMode, which disables password prompts.
        return ssh("sftp", ports, bytesPerSecond, "-o", "BatchMode=no", "-b", "-", USER + "@127.0.0.1")
                .input(batch);
    }

    private static ClientCommand scp(ListenPorts ports, long bytesPerSecond, String... files) throws IOException {
        List<String> all = new ArrayList<>(List.of("-O"));
        all.addAll(List.of(files));
        return ssh("scp", ports, bytesPerSecond, all.toArray(String[]::new));
    }

    /** OpenSSH's scp since version 9, which uses SFTP. */
    static ClientCommand scpOverSftp(ListenPorts ports, String... files) throws IOException {
        List<String> all = new ArrayList<>(List.of("-s"));
        all.addAll(List.of(files));
        return ssh("scp", ports, UNLIMITED, all.toArray(String[]::new));
    }

    private static ClientCommand ssh(String program, ListenPorts ports, long bytesPerSecond, String... arguments)
            throws IOException {
        Path askPassword = Files.createTempFile("slipway-ask", "");
        askPassword.toFile().deleteOnExit();
        Files.writeString(askPassword, "#!/bin/sh\necho " + PASSWORD + "\n");
        if (!askPassword.toFile().setExecutable(true)) {
            throw new IOException("cannot be made executable: " + askPassword);
        }
        List<String> all = new ArrayList<>(List.of("-F", "none", "-P", String.valueOf(ports.ssh())));
        all.addAll(List.of("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"));
        if (bytesPerSecond != UNLIMITED) {
            all.addAll(List.of("-l", String.valueOf(bytesPerSecond * 8 / 1000)));
        }
        all.addAll(List.of(arguments));
        return Clients.command(program, all.toArray(String[]::new))
                .environment("SSH_ASKPASS", askPassword.toString())
                .environment("SSH_ASKPASS_REQUIRE", "force");
    }
}
