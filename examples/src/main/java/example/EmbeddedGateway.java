package example;

import dev.slipway.app.Gateway;
import dev.slipway.core.event.GatewayEvent.Uploaded;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** A program with a gateway in it. Arguments: the store's URL, access key, secret key, bucket, and a folder for state. */
public final class EmbeddedGateway {
    private EmbeddedGateway() {}

    public static void main(String[] arguments) throws Exception {
        try (Gateway gateway = Gateway.builder()
                .endpoint(URI.create(arguments[0]))
                .credentials(arguments[1], arguments[2])
                .bucket(arguments[3])
                .stateDirectory(Path.of(arguments[4]))
                .account("anna", "secret-of-anna")
                .bind("127.0.0.1")
                .explicitPort(0)
                .sftpPort(0)
                .onEvent(event -> {
                    if (event instanceof Uploaded upload) {
                        System.out.println(upload.path() + " is stored: " + upload.bytes() + " bytes");
                    }
                })
                .start()) {
            System.out.println("SFTP on port " + gateway.sftpPort().getAsInt());
            System.out.println("Press Enter to end");
            System.in.read();
            gateway.drain(Duration.ofSeconds(30));
        }
    }
}
