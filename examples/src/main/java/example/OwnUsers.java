package example;

import dev.slipway.app.AccountSpecification;
import dev.slipway.app.Authenticator;
import dev.slipway.app.Gateway;
import dev.slipway.app.MountSpecification;
import dev.slipway.core.account.Permission;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A program whose own users log in. Arguments: the store's URL, access key, secret key, bucket, and a folder for state.
 */
public final class OwnUsers {
    private OwnUsers() {}

    /** The program's users. Yours are in a database or a directory service, and their passwords are hashed. */
    private record Users(Map<String, String> passwords) implements Authenticator {
        @Override
        public Optional<AccountSpecification> find(String name) {
            if (!passwords.containsKey(name)) {
                return Optional.empty();
            }
            return Optional.of(AccountSpecification.named(name)
                    .mount(MountSpecification.of("/", "users/" + name + "/"))
                    .mount(MountSpecification.of("/shared", "shared/").asReadOnly())
                    .permissions(Permission.LIST, Permission.READ, Permission.WRITE)
                    .maxSessions(10)
                    .quotaBytes(1L << 30));
        }

        @Override
        public boolean isPassword(String name, char[] password, InetAddress client) {
            byte[] expected = passwords.getOrDefault(name, "").getBytes(StandardCharsets.UTF_8);
            byte[] given = new String(password).getBytes(StandardCharsets.UTF_8);
            return passwords.containsKey(name) && MessageDigest.isEqual(expected, given);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Users users = new Users(Map.of("ben", "secret-of-ben", "eve", "secret-of-eve"));
        try (Gateway gateway = Gateway.builder()
                .endpoint(URI.create(arguments[0]))
                .credentials(arguments[1], arguments[2])
                .bucket(arguments[3])
                .stateDirectory(Path.of(arguments[4]))
                .authenticator(users)
                .bind("127.0.0.1")
                .explicitPort(0)
                .sftpPort(0)
                .start()) {
            System.out.println("SFTP on port " + gateway.sftpPort().getAsInt());
            System.out.println("Press Enter to end");
            System.in.read();
            gateway.drain(Duration.ofSeconds(30));
        }
    }
}
