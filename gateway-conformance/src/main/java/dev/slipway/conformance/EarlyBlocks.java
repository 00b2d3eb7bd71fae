package dev.slipway.conformance;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A logged-in client opens many files and writes all of each except its beginning, so that blocks must be held. */
final class EarlyBlocks extends Attack {
    private static final int INIT = 1;
    private static final int OPEN = 3;
    private static final int WRITE = 6;
    private static final int HANDLE = 102;
    private static final int HANDLES = 20;
    private static final int BLOCKS = 120;
    private static final int BLOCK = 32 * 1024;

    private final int port;
    private final Login login;

    EarlyBlocks(int port, Login login) {
        this.port = port;
        this.login = login;
    }

    @Override
    String title() {
        return "early SFTP blocks";
    }

    @Override
    int workers() {
        return 8;
    }

    private static void send(SftpStreams sftp, ByteArrayOutputStream packet) throws IOException {
        DataOutputStream output = new DataOutputStream(sftp.output());
        output.writeInt(packet.size());
        packet.writeTo(output);
        output.flush();
    }

    private static byte[] answer(SftpStreams sftp) throws IOException {
        byte[] answer = new byte[sftp.input().readInt()];
        sftp.input().readFully(answer);
        return answer;
    }

    @Override
    void work(int worker) throws IOException, InterruptedException {
        while (!isOver()) {
            try (SftpStreams sftp = new SftpStreams(port, login, worker)) {
                ByteArrayOutputStream init = new ByteArrayOutputStream();
                new DataOutputStream(init).writeByte(INIT);
                new DataOutputStream(init).writeInt(3);
                send(sftp, init);
                answer(sftp);
                hold(sftp, worker);
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }

    private void hold(SftpStreams sftp, int worker) throws IOException {
        List<byte[]> handles = new ArrayList<>();
        for (int i = 0; i < HANDLES && !isOver(); i++) {
            ByteArrayOutputStream open = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(open);
            byte[] name = ("/early-" + worker + "-" + i).getBytes(StandardCharsets.UTF_8);
            data.writeByte(OPEN);
            data.writeInt(i);
            data.writeInt(name.length);
            data.write(name);
            // Write, create, truncate.
            data.writeInt(0x2 | 0x8 | 0x10);
            data.writeInt(0);
            send(sftp, open);
            byte[] answer = answer(sftp);
            if (answer[0] == HANDLE) {
                handles.add(Arrays.copyOfRange(answer, 5, answer.length));
            }
        }
        byte[] block = new byte[BLOCK];
        for (int i = 1; i <= BLOCKS && !isOver(); i++) {
            for (byte[] handle : handles) {
                ByteArrayOutputStream write = new ByteArrayOutputStream();
                DataOutputStream data = new DataOutputStream(write);
                data.writeByte(WRITE);
                data.writeInt(1000 + i);
                data.write(handle);
                data.writeLong((long) i * BLOCK);
                data.writeInt(BLOCK);
                data.write(block);
                send(sftp, write);
                answer(sftp);
                count();
            }
        }
    }
}
