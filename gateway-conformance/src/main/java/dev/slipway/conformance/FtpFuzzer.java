package dev.slipway.conformance;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Sends random or slightly wrong lines on FTP's control connection, before or after login. After some of them it sends
 * {@code FEAT}, which must be answered unless the gateway has closed the connection.
 */
final class FtpFuzzer extends Attack {
    private static final int BATCH = 40;
    private static final int PATIENCE_MILLIS = 60_000;
    private static final String[] COMMANDS = {
        "CWD",
        "CDUP",
        "PWD",
        "XPWD",
        "TYPE",
        "MODE",
        "STRU",
        "ALLO",
        "REST",
        "RNFR",
        "RNTO",
        "DELE",
        "RMD",
        "MKD",
        "XMKD",
        "SIZE",
        "MDTM",
        "MFMT",
        "MLST",
        "STAT",
        "SYST",
        "NOOP",
        "OPTS",
        "SITE CHMOD",
        "SITE CPFR",
        "SITE CPTO",
        "SITE PUSH",
        "SITE HELP",
        "SITE",
        "HASH",
        "XCRC",
        "XMD5",
        "RANG",
        "AVBL",
        "HOST",
        "PBSZ",
        "PROT",
        "CCC",
        "LANG",
        "HELP",
        "ABOR",
        "ACCT",
        "SMNT",
        "STOR",
        "RETR",
        "APPE",
        "STOU",
        "LIST",
        "NLST",
        "MLSD",
        "PORT",
        "EPRT",
        "CLNT",
        "CSID",
        "XYZ"
    };

    private final int port;
    private final Login login;
    private final boolean loggedIn;
    private final long seed;
    private final long inputs;
    private final LongAdder connections = new LongAdder();

    FtpFuzzer(int port, Login login, boolean loggedIn, long seed, long inputs) {
        this.port = port;
        this.login = login;
        this.loggedIn = loggedIn;
        this.seed = seed;
        this.inputs = inputs;
    }

    @Override
    String title() {
        return "FTP lines " + (loggedIn ? "after" : "before") + " login";
    }

    @Override
    int workers() {
        return 2;
    }

    @Override
    String summary() {
        return done() + " lines on " + connections.sum() + " connections";
    }

    @Override
    void work(int worker) throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(seed * 100 + worker + (loggedIn ? 50 : 0));
        int failed = 0;
        int address = worker;
        while (!isOver() && done() < inputs) {
            // From changing addresses, so that not all connections are refused for too many failures.
            try (Socket socket = loggedIn ? logIn(worker) : open(address++)) {
                connections.increment();
                failed = 0;
                fuzz(socket, random);
            } catch (SocketTimeoutException e) {
                throw new IOException("no answer to FEAT after " + done() + " lines", e);
            } catch (IOException e) {
                // Closing the connection is an acceptable answer, but refusing all later ones is not.
                if (++failed > 500) {
                    throw e;
                }
                Thread.sleep(failed > 1 ? 50 : 0);
            }
        }
    }

    private Socket open(int address) throws IOException {
        Socket plain = connect(port, 10 + address);
        boolean opened = false;
        try {
            plain.setSoTimeout(PATIENCE_MILLIS);
            readUntil(plain.getInputStream(), "220 ");
            opened = true;
            return plain;
        } finally {
            if (!opened) {
                plain.close();
            }
        }
    }

    private Socket logIn(int worker) throws IOException {
        Socket plain = open(worker);
        plain.getOutputStream().write(line("AUTH TLS"));
        readUntil(plain.getInputStream(), "234 ");
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            SSLSocket secured =
                    (SSLSocket) context.getSocketFactory().createSocket(plain, LOOPBACK, plain.getPort(), true);
            secured.startHandshake();
            secured.getOutputStream().write(line("USER " + login.user()));
            readUntil(secured.getInputStream(), "331 ");
            secured.getOutputStream().write(line("PASS " + login.password()));
            readUntil(secured.getInputStream(), "230 ");
            return secured;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static byte[] line(String text) {
        return (text + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private void fuzz(Socket socket, SplittableRandom random) throws IOException {
        while (!isOver() && done() < inputs) {
            ByteArrayOutputStream batch = new ByteArrayOutputStream();
            for (int i = 0; i < BATCH; i++) {
                batch.writeBytes(randomLine(random));
                count();
            }
            batch.writeBytes(line(""));
            batch.writeBytes(line("FEAT"));
            socket.getOutputStream().write(batch.toByteArray());
            readUntil(socket.getInputStream(), "211 End");
        }
    }

    /** Reads lines up to one with this beginning. */
    private static void readUntil(InputStream input, String begin) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int next = input.read(); next >= 0; next = input.read()) {
            if (next != '\n') {
                text.append((char) next);
                continue;
            }
            if (text.toString().startsWith(begin)) {
                return;
            }
            text.setLength(0);
        }
        throw new IOException("closed");
    }

    private byte[] randomLine(SplittableRandom random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int kind = random.nextInt(20);
        if (kind == 0) {
            byte[] garbage = new byte[random.nextInt(random.nextInt(10) == 0 ? 6000 : 60)];
            random.nextBytes(garbage);
            bytes.writeBytes(garbage);
        } else {
            String command = COMMANDS[random.nextInt(COMMANDS.length)];
            if (!loggedIn && kind < 4) {
                command = kind == 1 ? "USER" : kind == 2 ? "PBSZ" : "OPTS";
            }
            bytes.writeBytes((random.nextInt(8) == 0 ? command.toLowerCase(Locale.ROOT) : command)
                    .getBytes(StandardCharsets.UTF_8));
            bytes.writeBytes(argument(random));
        }
        bytes.writeBytes(random.nextInt(30) == 0 ? new byte[] {'\n'} : new byte[] {'\r', '\n'});
        return bytes.toByteArray();
    }

    private static byte[] argument(SplittableRandom random) {
        String text = switch (random.nextInt(10)) {
            case 0 -> "";
            case 1 -> " /a";
            case 2 -> " ../../b/" + random.nextInt(5);
            case 3 -> " " + random.nextLong();
            case 4 -> " 127,0,0,1,300,1";
            case 5 -> " |1|127.0.0.1|99999|";
            case 6 -> " " + "x/".repeat(random.nextInt(500));
            case 7 -> " 20200101000000 /a";
            case 8 -> "\t\0%s%n{}${jndi:x}";
            default -> " \u00e9\u0000\u0001 " + random.nextInt();
        };
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && random.nextInt(6) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
