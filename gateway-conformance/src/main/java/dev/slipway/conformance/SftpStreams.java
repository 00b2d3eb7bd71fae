package dev.slipway.conformance;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import net.schmizz.sshj.DefaultConfig;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;

/** A channel with the subsystem {@code sftp} for raw packets, from a separate address. */
final class SftpStreams implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final DefaultConfig CONFIG = new DefaultConfig();

    private final SSHClient client = new SSHClient(CONFIG);
    private final OutputStream output;
    private final DataInputStream input;

    SftpStreams(int port, Login login, int address) throws IOException {
        boolean opened = false;
        try {
            client.addHostKeyVerifier(new PromiscuousVerifier());
            client.setConnectTimeout(TIMEOUT_MILLIS);
            client.setTimeout(TIMEOUT_MILLIS);
            client.connect(Attack.LOOPBACK, port, Attack.address(address), 0);
            client.authPassword(login.user(), login.password());
            Session.Subsystem sftp = client.startSession().startSubsystem("sftp");
            output = sftp.getOutputStream();
            input = new DataInputStream(sftp.getInputStream());
            opened = true;
        } finally {
            if (!opened) {
                client.close();
            }
        }
    }

    OutputStream output() {
        return output;
    }

    DataInputStream input() {
        return input;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
