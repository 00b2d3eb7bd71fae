package dev.slipway.conformance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.LongAdder;

/** A hostile activity that lasts until the time is over. */
abstract class Attack {
    static final String LOOPBACK = "127.0.0.1";
    private static final int TIMEOUT_MILLIS = 5_000;

    private final LongAdder done = new LongAdder();
    private volatile boolean over;

    /** The name for the table. */
    abstract String title();

    /** The number of workers. */
    abstract int workers();

    /** The activity of one worker, repeated until {@link #isOver}. */
    abstract void work(int worker) throws IOException, InterruptedException;

    /** A summary of what it has done so far. */
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

    /** Makes it end soon. */
    void end() {
        over = true;
    }

    /** One of the addresses from 127.0.0.2 on. */
    static InetAddress address(int number) throws IOException {
        return InetAddress.getByName("127.0.0." + (2 + number % 100));
    }

    /** Connects to a port of loopback from one of the addresses from 127.0.0.2 on. */
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

    /** Reads and drops what arrives within a time; returns false at the end of the connection. */
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
