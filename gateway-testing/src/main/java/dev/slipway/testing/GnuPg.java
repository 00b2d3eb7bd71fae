package dev.slipway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** GnuPG with a folder and keys of its own: the other side of OpenPGP. Not thread-safe. */
public final class GnuPg implements AutoCloseable {
    /** What protects all secret keys. */
    public static final String PASSPHRASE = "a passphrase of tests";

    private final Path home;
    private final Map<String, byte[]> secrets = new TreeMap<>();

    private GnuPg(Path home) {
        this.home = home;
    }

    /** How a command has ended. */
    public static final class Result {
        private final int exit;
        private final byte[] output;
        private final String messages;

        private Result(int exit, byte[] output, String messages) {
            this.exit = exit;
            this.output = output;
            this.messages = messages;
        }

        /** What it has said, with its lines for programs. */
        public String messages() {
            return messages;
        }

        /** The output of a command that has succeeded. */
        public byte[] success() {
            if (exit != 0) {
                throw new AssertionError("gpg ended with " + exit + ": " + messages);
            }
            return output;
        }
    }

    /** Kinds of keys. */
    public enum Kind {
        /** Ed25519 for signatures, and Curve25519. */
        CURVES("""
                Key-Type: EDDSA
                Key-Curve: ed25519
                Key-Usage: sign
                Subkey-Type: ECDH
                Subkey-Curve: cv25519
                Subkey-Usage: encrypt
                """),
        RSA("""
                Key-Type: RSA
                Key-Length: 2048
                Key-Usage: sign
                Subkey-Type: RSA
                Subkey-Length: 2048
                Subkey-Usage: encrypt
                """),
        /** A curve of NIST. */
        NIST("""
                Key-Type: ECDSA
                Key-Curve: nistp256
                Key-Usage: sign
                Subkey-Type: ECDH
                Subkey-Curve: nistp256
                Subkey-Usage: encrypt
                """),
        /** Without any key to encrypt for. */
        SIGNS_ONLY("""
                Key-Type: EDDSA
                Key-Curve: ed25519
                Key-Usage: sign
                """);

        private final String parameters;

        Kind(String parameters) {
            this.parameters = parameters;
        }
    }

    /** Creates an empty folder for it. The path of its agent's socket must be short. */
    public static GnuPg create() throws IOException {
        Path home = Files.createTempDirectory("slipway-gpg");
        // Passphrases of tests need not be expensive to guess.
        Files.writeString(home.resolve("gpg-agent.conf"), "s2k-count 65536\n");
        return new GnuPg(home);
    }

    /** Makes a key that does not expire. */
    public void generate(String name, Kind kind) throws IOException, InterruptedException {
        generate(name, kind, "0");
    }

    /**
     * Makes a key.
     *
     * @param expires as gpg takes it, such as {@code 1d}
     * @param options such as {@code --faked-system-time}
     */
    public void generate(String name, Kind kind, String expires, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(options));
        command.addAll(List.of("--gen-key"));
        Result result = run(
                (kind.parameters + "Name-Real: " + name + "\nName-Email: " + name + "@example.com\nExpire-Date: "
                                + expires + "\nPassphrase: " + PASSPHRASE + "\n%commit\n")
                        .getBytes(StandardCharsets.UTF_8),
                command.toArray(String[]::new));
        result.success();
    }

    /** The public key of somebody, binary. */
    public byte[] publicKey(String name, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(options));
        command.addAll(List.of("--export", address(name)));
        return run(new byte[0], command.toArray(String[]::new)).success();
    }

    /** The secret key of somebody, armored, and protected by {@link #PASSPHRASE}. */
    public byte[] secretKey(String name) throws IOException, InterruptedException {
        byte[] known = secrets.get(name);
        if (known == null) {
            known = run(new byte[0], "--armor", "--export-secret-keys", address(name))
                    .success();
            secrets.put(name, known);
        }
        return known;
    }

    /** Imports a key. */
    public void importKey(byte[] key) throws IOException, InterruptedException {
        run(key, "--import").success();
    }

    /** Revokes a key, as somebody would who has lost it. */
    public void revoke(String name) throws IOException, InterruptedException {
        byte[] keys =
                run(new byte[0], "--with-colons", "--list-keys", address(name)).success();
        String fingerprint = new String(keys, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("fpr:"))
                .map(line -> line.split(":", -1)[9])
                .findFirst()
                .orElseThrow();
        // gpg has made it with the key, and has put a colon before it, so that nobody imports it by mistake.
        String prepared = Files.readString(home.resolve("openpgp-revocs.d/" + fingerprint + ".rev"));
        importKey(prepared.substring(prepared.indexOf(":-----BEGIN") + 1).getBytes(StandardCharsets.UTF_8));
    }

    private static String address(String name) {
        return name + "@example.com";
    }

    /** Its folder, for files that commands read or write. */
    public Path home() {
        return home;
    }

    /** Runs it in its folder with some input. Whom it encrypts for is trusted. */
    public Result run(byte[] input, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Clients.find("gpg").toString(),
                "--homedir",
                home.toString(),
                "--batch",
                "--no-tty",
                "--yes",
                "--trust-model",
                "always",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                PASSPHRASE,
                "--status-fd",
                "2"));
        command.addAll(List.of(arguments));
        Path output = home.resolve("output");
        Path messages = home.resolve("messages");
        Path in = Files.write(home.resolve("input"), input);
        Process process = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectInput(in.toFile())
                .redirectOutput(output.toFile())
                .redirectError(messages.toFile())
                .start();
        int exit = process.waitFor();
        return new Result(
                exit, Files.readAllBytes(output), new String(Files.readAllBytes(messages), StandardCharsets.UTF_8));
    }

    /** Ends its agent, and deletes its folder. */
    @Override
    public void close() {
        try {
            Process kill = new ProcessBuilder(
                            Clients.find("gpgconf").toString(), "--homedir", home.toString(), "--kill", "all")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            kill.waitFor();
            Folders.delete(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
