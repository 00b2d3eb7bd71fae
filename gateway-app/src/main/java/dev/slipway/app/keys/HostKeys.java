package dev.slipway.app.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SSH server's host keys: the files {@code ssh_host_ed25519_key}, {@code ssh_host_ecdsa_key} and
 * {@code ssh_host_rsa_key} of a directory, named and formatted as OpenSSH does, so that keys of an older server can be
 * put there. Safe for use by several threads.
 */
public final class HostKeys implements Supplier<List<KeyPair>> {
    private static final Logger log = LoggerFactory.getLogger(HostKeys.class);

    private enum Type {
        ED25519("ssh_host_ed25519_key"),
        ECDSA("ssh_host_ecdsa_key"),
        RSA("ssh_host_rsa_key");

        final String file;

        Type(String file) {
            this.file = file;
        }

        KeyPair generate() throws GeneralSecurityException {
            KeyPairGenerator generator;
            switch (this) {
                case ED25519 -> generator = KeyPairGenerator.getInstance("Ed25519", SshKeys.bouncyCastle());
                case ECDSA -> {
                    generator = KeyPairGenerator.getInstance("EC");
                    generator.initialize(new ECGenParameterSpec("secp256r1"));
                }
                case RSA -> {
                    generator = KeyPairGenerator.getInstance("RSA");
                    generator.initialize(3072);
                }
                default -> throw new AssertionError(this);
            }
            return generator.generateKeyPair();
        }
    }

    private final Reloading<List<KeyPair>> pairs;

    private HostKeys(Reloading<List<KeyPair>> pairs) {
        this.pairs = pairs;
    }

    /**
     * Reads the host keys of a directory. If there are none, all three are created, mode 0600, with their {@code .pub}
     * files. If there are some, no others are created.
     *
     * @throws IOException a key cannot be used, or the directory cannot be written
     */
    public static HostKeys openOrCreate(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Type type : Type.values()) {
            files.add(directory.resolve(type.file));
        }
        if (files.stream().noneMatch(Files::exists)) {
            PrivateFiles.createDirectory(directory);
            for (Type type : Type.values()) {
                create(type, directory.resolve(type.file));
            }
            log.info("Created SSH host keys in {}", directory);
        }
        return new HostKeys(new Reloading<>("SSH host keys", files, () -> read(directory, files)));
    }

    /** The problems of a directory of host keys, and of each key in it. Creates none. */
    public static List<KeyFileException> problems(Path directory) {
        if (Files.notExists(directory)) {
            return List.of();
        }
        if (!Files.isDirectory(directory) || !Files.isReadable(directory) || !Files.isExecutable(directory)) {
            return List.of(new KeyFileException(
                    directory,
                    "is not a directory that the user who runs Slipway can read; it must contain the host keys"));
        }
        List<KeyFileException> problems = new ArrayList<>();
        boolean any = false;
        for (Type type : Type.values()) {
            Path file = directory.resolve(type.file);
            if (Files.exists(file)) {
                any = true;
                try {
                    var _ = SshKeys.readPrivate(file);
                } catch (KeyFileException e) {
                    problems.add(e);
                }
            }
        }
        if (!any && !Files.isWritable(directory)) {
            problems.add(new KeyFileException(directory, "contains no SSH host key, and none can be created there"));
        }
        return problems;
    }

    private static void create(Type type, Path file) throws IOException {
        try {
            KeyPair pair = type.generate();
            PrivateFiles.writePublic(
                    file.resolveSibling(file.getFileName() + ".pub"), SshKeys.format(pair.getPublic()) + " slipway\n");
            PrivateFiles.writeSecret(file, SshKeys.formatPrivate(pair));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot create the host key " + file, e);
        }
    }

    private static List<KeyPair> read(Path directory, List<Path> files) throws IOException {
        List<KeyPair> pairs = new ArrayList<>();
        for (Path file : files) {
            if (Files.exists(file)) {
                pairs.add(SshKeys.readPrivate(file));
            }
        }
        if (pairs.isEmpty()) {
            throw new KeyFileException(directory, "contains no SSH host key");
        }
        return List.copyOf(pairs);
    }

    /** The keys in use now, Ed25519 first. */
    @Override
    public List<KeyPair> get() {
        return pairs.get();
    }
}
