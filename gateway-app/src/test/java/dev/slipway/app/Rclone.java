package dev.slipway.app;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;

/** rclone over SFTP, with the account of {@link Protocol}. */
final class Rclone {
    private Rclone() {}

    /** Returns a command in which {@code gateway:} is the gateway. */
    static ClientCommand command(ListenPorts ports, String... arguments) throws InterruptedException {
        String password = Clients.command("rclone", "obscure", Protocol.PASSWORD)
                .run(Patience.LIMIT)
                .assertSuccess()
                .stdout()
                .strip();
        return Clients.command("rclone", arguments)
                .environment("RCLONE_CONFIG_GATEWAY_TYPE", "sftp")
                .environment("RCLONE_CONFIG_GATEWAY_HOST", "127.0.0.1")
                .environment("RCLONE_CONFIG_GATEWAY_PORT", String.valueOf(ports.ssh()))
                .environment("RCLONE_CONFIG_GATEWAY_USER", Protocol.USER)
                .environment("RCLONE_CONFIG_GATEWAY_PASS", password);
    }
}
