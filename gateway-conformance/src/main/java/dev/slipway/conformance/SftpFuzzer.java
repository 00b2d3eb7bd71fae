package dev.slipway.conformance;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends random or slightly wrong SFTP packets after login. After some of them it sends a correct one, which must be
 * answered unless the gateway has closed the channel.
 */
final class SftpFuzzer extends Attack {
    private static final int BATCH = 100;
    private static final int[] TYPES = {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 200};
    private static final String[] EXTENSIONS = {
        "posix-rename@openssh.com",
        "statvfs@openssh.com",
        "fstatvfs@openssh.com",
        "hardlink@openssh.com",
        "fsync@openssh.com",
        "lsetstat@openssh.com",
        "limits@openssh.com",
        "copy-data",
        "copy-file",
        "check-file-name",
        "check-file-handle",
        "md5-hash",
        "md5-hash-handle",
        "space-available",
        "home-directory",
        "vendor-id",
        "version-select"
    };

    private final int port;
    private final Login login;
    private final long seed;
    private final long inputs;
    private final LongAdder channels = new LongAdder();

    SftpFuzzer(int port, Login login, long seed, long inputs) {
        this.port = port;
        this.login = login;
        this.seed = seed;
        this.inputs = inputs;
    }

    @Override
    String title() {
        return "SFTP packets after login";
    }

    @Override
    int workers() {
        return 2;
    }

    @Override
    String summary() {
        return done() + " packets on " + channels.sum() + " channels";
    }

    @Override
    void work(int worker) throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(seed * 100 + worker);
        int failed = 0;
        while (!isOver() && done() < inputs) {
            try (SftpStreams sftp = new SftpStreams(port, login, worker)) {
                failed = 0;
                channels.increment();
                fuzz(sftp, random);
            } catch (IOException e) {
                // Closing the channel is an acceptable answer, but refusing all later ones is not.
                if (++failed > 200) {
                    throw e;
                }
                Thread.sleep(failed > 1 ? 100 : 0);
            }
        }
    }

    private void fuzz(SftpStreams sftp, SplittableRandom random) throws IOException {
        ByteArrayOutputStream init = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(init);
        data.writeInt(5);
        data.writeByte(1);
        data.writeInt(3);
        sftp.output().write(init.toByteArray());
        sftp.output().flush();
        int id = 0x70000000;
        while (!isOver() && done() < inputs) {
            ByteArrayOutputStream batch = new ByteArrayOutputStream();
            DataOutputStream packets = new DataOutputStream(batch);
            for (int i = 0; i < BATCH; i++) {
                byte[] packet = packet(random);
                // Sometimes the length is wrong, which ends the channel sooner or later.
                packets.writeInt(random.nextInt(4000) == 0 ? random.nextInt() : packet.length);
                packets.write(packet);
                count();
            }
            byte[] root = "/".getBytes(StandardCharsets.UTF_8);
            packets.writeInt(9 + root.length);
            packets.writeByte(17);
            packets.writeInt(++id);
            packets.writeInt(root.length);
            packets.write(root);
            sftp.output().write(batch.toByteArray());
            sftp.output().flush();
            awaitAnswer(sftp, id);
        }
    }

    private static void awaitAnswer(SftpStreams sftp, int id) throws IOException {
        while (true) {
            int length = sftp.input().readInt();
            byte[] answer = new byte[length];
            sftp.input().readFully(answer);
            if (length >= 5 && ByteBuffer.wrap(answer).getInt(1) == id) {
                return;
            }
        }
    }

    private static byte[] packet(SplittableRandom random) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        int type = random.nextInt(20) == 0 ? random.nextInt(256) : TYPES[random.nextInt(TYPES.length)];
        data.writeByte(type);
        data.writeInt(random.nextInt(1 << 20));
        if (type == 200) {
            string(data, EXTENSIONS[random.nextInt(EXTENSIONS.length)].getBytes(StandardCharsets.UTF_8), random);
        }
        int fields = random.nextInt(5);
        for (int i = 0; i < fields; i++) {
            switch (random.nextInt(4)) {
                case 0 -> string(data, name(random), random);
                case 1 -> data.writeInt(random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(64));
                case 2 -> data.writeLong(random.nextInt(2) == 0 ? random.nextLong() : random.nextInt(100_000));
                default -> {
                    // The format of handles: four bytes.
                    data.writeInt(4);
                    data.writeInt(random.nextInt(8));
                }
            }
        }
        byte[] packet = bytes.toByteArray();
        if (random.nextInt(10) == 0) {
            packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return packet;
    }

    private static void string(DataOutputStream data, byte[] bytes, SplittableRandom random) throws IOException {
        data.writeInt(random.nextInt(50) == 0 ? random.nextInt() : bytes.length);
        data.write(bytes);
    }

    private static byte[] name(SplittableRandom random) {
        if (random.nextInt(3) > 0) {
            return ("/" + "abc".charAt(random.nextInt(3)) + (random.nextBoolean() ? "/x" : ""))
                    .getBytes(StandardCharsets.UTF_8);
        }
        byte[] name = new byte[random.nextInt(random.nextInt(20) == 0 ? 2000 : 40)];
        random.nextBytes(name);
        return name;
    }
}
