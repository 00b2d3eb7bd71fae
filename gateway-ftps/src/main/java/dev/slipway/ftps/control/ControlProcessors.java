package dev.slipway.ftps.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.stream.IntStream;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.service.IoProcessor;
import org.apache.mina.core.write.WriteRequest;
import org.apache.mina.transport.socket.nio.NioProcessor;
import org.apache.mina.transport.socket.nio.NioSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The I/O threads of control connections. Unlike MINA's own pool, these can be waited for: see {@link #settle}. */
final class ControlProcessors implements IoProcessor<NioSession> {
    private static final Logger log = LoggerFactory.getLogger(ControlProcessors.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final List<Processor> processors;

    /** @param count the threads at most */
    ControlProcessors(int count) {
        ThreadFactory factory = Thread.ofPlatform().name("ftp-io-", 0).daemon().factory();
        Executor threads = task -> factory.newThread(task).start();
        processors =
                IntStream.range(0, count).mapToObj(_ -> new Processor(threads)).toList();
    }

    private Processor of(NioSession session) {
        return processors.get((int) (session.getId() % processors.size()));
    }

    /**
     * Waits until everything that had reached this machine on a control connection, above all its end, has been read
     * and processed. At most 1 s.
     */
    void settle(NioSession session) {
        of(session).settle(session);
    }

    @Override
    public void add(NioSession session) {
        of(session).add(session);
    }

    @Override
    public void flush(NioSession session) {
        of(session).flush(session);
    }

    @Override
    public void write(NioSession session, WriteRequest request) {
        of(session).write(session, request);
    }

    @Override
    public void updateTrafficControl(NioSession session) {
        of(session).updateTrafficControl(session);
    }

    @Override
    public void remove(NioSession session) {
        of(session).remove(session);
    }

    @Override
    public boolean isDisposing() {
        return processors.getFirst().isDisposing();
    }

    @Override
    public boolean isDisposed() {
        return processors.getFirst().isDisposed();
    }

    @Override
    public void dispose() {
        processors.forEach(Processor::dispose);
    }

    private static final class Processor extends NioProcessor {
        private final Object lock = new Object();

        @GuardedBy("lock")
        private long selects;

        Processor(Executor threads) {
            super(threads);
        }

        @Override
        protected int select(long timeout) throws Exception {
            synchronized (lock) {
                selects++;
                lock.notifyAll();
            }
            return super.select(timeout);
        }

        /** A client that resets its connection has simply ended it; MINA would log that as an error. */
        @Override
        protected int read(NioSession session, IoBuffer target) throws Exception {
            try {
                return super.read(session, target);
            } catch (IOException e) {
                log.debug("The control connection of {} broke: {}", session.getRemoteAddress(), e.toString());
                return -1;
            }
        }

        /** The bytes are lost with the connection; the next read notices its end. */
        @Override
        protected int write(NioSession session, IoBuffer source, int length) {
            try {
                return super.write(session, source, length);
            } catch (IOException e) {
                log.debug("The control connection of {} broke: {}", session.getRemoteAddress(), e.toString());
                session.closeNow();
                source.position(source.limit());
                return length;
            }
        }

        /** What one selection finds has been processed when the next one begins. */
        void settle(NioSession session) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            synchronized (lock) {
                long wanted = selects + 2;
                while (selects < wanted && !session.isClosing()) {
                    wakeup();
                    long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                    if (millis <= 0) {
                        return;
                    }
                    try {
                        lock.wait(millis);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return;
                    }
                }
            }
        }
    }
}
