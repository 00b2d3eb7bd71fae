package dev.slipway.conformance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.LongAdder;

/** Something that a hostile client does, until the time is up. */
abstract class Attack {
    static final String LOOPBACK = "127.0.0.1";
    private static final int TIMEOUT_MILLIS = 5_000;

    private final LongAdder done = new LongAdder();
    private volatile boolean over;

    /** A name for the table. */
    abstract String title();

    /** How many workers it has. */
    abstract int workers();

    /** What one worker does: again and again, until {@link #isOver}. */
    abstract void work(int worker) throws IOException, InterruptedException;

    /** What it has done so far, in words. */
    String summary() {
        return done() + " times";
    }

    void count() {
        done.increment();
    }

    long done() {
        return done.sum();
    }

    boolean isOver() {
        return over || Thread.currentThread().isInterrupted();
    }

    /** Ends it soon. */
    void end() {
        over = true;
    }

    /** One of the addresses 127.0.0.2 and following. */
    static InetAddress address(int number) throws IOException {
        return InetAddress.getByName("127.0.0." + (2 + number % 100));
    }

    /** A connection to a port of loopback from one of the addresses 127.0.0.2 and following. */
    static Socket connect(int port, int address) throws IOException {
        Socket socket = new Socket();
        boolean connected = false;
        try {
            socket.bind(new InetSocketAddress(address(address), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** Reads and forgets what comes within some time; false at the end of the connection. */
    static boolean drain(Socket socket, int millis) throws IOException {
        socket.setSoTimeout(millis);
        byte[] buffer = new byte[4096];
        try {
            return socket.getInputStream().read(buffer) >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }
}
