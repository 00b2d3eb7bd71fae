package dev.slipway.sftp;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.config.keys.KeyUtils;

/** A listener on a free loopback port, its files in memory, with one account: {@code alice}, {@code secret}. */
final class SftpGateway implements Accounts, AutoCloseable {
    static final String USER = "alice";
    static final String PASSWORD = "secret";

    static final SftpSettings SETTINGS =
            SftpSettings.defaults().withBindAddress("127.0.0.1").withPort(0);

    private static final Account ACCOUNT = new Account(
            USER, List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)), EnumSet.allOf(Permission.class));

    private final MemoryFileSystems files = new MemoryFileSystems();
    private final Set<PublicKey> keys = ConcurrentHashMap.newKeySet();
    private volatile List<KeyPair> hostKeys = List.of(newHostKey());
    private final SftpServer server;

    SftpGateway() throws IOException {
        this(SETTINGS);
    }

    SftpGateway(SftpSettings settings) throws IOException {
        server = new SftpServer(settings, this, files, () -> hostKeys);
        server.start();
    }

    MemoryFileSystems files() {
        return files;
    }

    int port() {
        return server.port();
    }

    /** Lets {@link #USER} in with a key, too. */
    void authorize(PublicKey key) {
        keys.add(key);
    }

    List<KeyPair> hostKeys() {
        return hostKeys;
    }

    void changeHostKeys() {
        hostKeys = List.of(newHostKey());
    }

    private static KeyPair newHostKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Optional<Account> authenticate(String name, char[] password, InetAddress client) {
        return name.equals(USER) && Arrays.equals(password, PASSWORD.toCharArray())
                ? Optional.of(ACCOUNT)
                : Optional.empty();
    }

    @Override
    public Optional<Account> authenticate(String name, PublicKey key, InetAddress client) {
        return name.equals(USER) && keys.stream().anyMatch(known -> KeyUtils.compareKeys(known, key))
                ? Optional.of(ACCOUNT)
                : Optional.empty();
    }

    @Override
    public void close() {
        server.close();
    }
}
