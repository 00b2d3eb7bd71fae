package dev.slipway.admin.control;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Lets a gateway on this machine run a command. */
public final class ControlClient {
    /** How often the width of the terminal is asked for. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private ControlClient() {}

    /**
     * Runs a command in the gateway. Blocks until its end; the command ends with this process.
     *
     * @param socket where the gateway listens
     * @param columns tells the columns of the output terminal each time it is called; 0 if there is none. Called once a
     *     second, on another thread, until the command ends
     * @param unicode whether that terminal can show all Unicode characters
     * @return the exit status
     * @throws IOException no gateway listens there, or it stopped before the command ended
     */
    public static int run(
            Path socket, List<String> words, IntSupplier columns, boolean unicode, PrintWriter out, PrintWriter err)
            throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        try (SocketChannel connection = connect(socket)) {
            int now = columns.getAsInt();
            List<String> all = new ArrayList<>(words);
            all.addFirst(unicode && now > 0 ? "0" + Math.min(now, 999) : Integer.toString(now));
            DataOutputStream toGateway = new DataOutputStream(Channels.newOutputStream(connection));
            new Frame(Frame.COMMAND, String.join("\0", all).getBytes(StandardCharsets.UTF_8)).write(toGateway);
            if (now > 0) {
                Thread.ofVirtual().start(() -> follow(ended, toGateway, columns, now));
            }
            DataInputStream in = new DataInputStream(Channels.newInputStream(connection));
            Text output = new Text(out);
            Text errors = new Text(err);
            while (true) {
                Frame frame = Frame.read(in);
                switch (frame.kind()) {
                    case Frame.OUTPUT -> output.print(frame.bytes());
                    case Frame.ERROR -> errors.print(frame.bytes());
                    case Frame.STATUS -> {
                        return Integer.parseInt(new String(frame.bytes(), StandardCharsets.UTF_8));
                    }
                    default -> throw new IOException("the gateway is of another version: its protocol differs");
                }
            }
        } catch (EOFException e) {
            throw new IOException("the gateway stopped; the outcome of the command is unknown", e);
        } finally {
            ended.countDown();
        }
    }

    /** Tells the gateway when the terminal's width changes, until the command has ended. */
    private static void follow(CountDownLatch ended, DataOutputStream toGateway, IntSupplier columns, int first) {
        int told = first;
        try {
            while (!ended.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                int now = columns.getAsInt();
                if (now != told && now > 0) {
                    new Frame(Frame.TERMINAL, Integer.toString(now).getBytes(StandardCharsets.UTF_8)).write(toGateway);
                    told = now;
                }
            }
        } catch (IOException e) {
            // The command has ended meanwhile.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static SocketChannel connect(Path socket) throws IOException {
        var address = ControlPath.address(socket);
        try {
            return SocketChannel.open(address);
        } catch (AccessDeniedException e) {
            throw new IOException(socket + " can only be used by the gateway's user and root", e);
        } catch (IOException e) {
            throw new IOException(
                    "no gateway is running with the state directory " + socket.getParent()
                            + "; start it with: slipway serve --config FILE, or name the folder of a demo: --data DIR",
                    e);
        }
    }

    /** Words without the options for this process, and their values. */
    public static List<String> withoutOptions(List<String> words, List<String> options) {
        List<String> left = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--")) {
                left.addAll(words.subList(i, words.size()));
                break;
            }
            if (options.contains(word)) {
                i++;
            } else if (options.stream().noneMatch(option -> word.startsWith(option + "="))) {
                left.add(word);
            }
        }
        return left;
    }

    /** Prints output that arrives in pieces, which may end in the middle of a character. */
    private static final class Text {
        private final PrintWriter writer;
        private final CharsetDecoder decoder = utf8().newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        private byte[] rest = {};

        Text(PrintWriter writer) {
            this.writer = writer;
        }

        private static Charset utf8() {
            return StandardCharsets.UTF_8;
        }

        void print(byte[] bytes) {
            ByteBuffer all = ByteBuffer.allocate(rest.length + bytes.length)
                    .put(rest)
                    .put(bytes)
                    .flip();
            CharBuffer characters = CharBuffer.allocate(all.remaining() + 1);
            var _ = decoder.decode(all, characters, false);
            rest = new byte[all.remaining()];
            all.get(rest);
            writer.print(characters.flip());
            writer.flush();
        }
    }
}
