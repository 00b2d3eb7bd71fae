package dev.slipway.ingest.scan;

import dev.slipway.core.event.ScanResult;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The clamd of a gateway: how many files it scans at once, and the connections to it. Thread-safe. */
public final class Clamd implements AutoCloseable {
    /** Well below clamd's own limits for silent connections, which are 30 s or more by default. */
    private static final Duration MOST_SILENCE = Duration.ofSeconds(4);

    private final ScanSettings settings;
    private final ClamdAddress address;
    private final ScanPlaces places;
    private final Set<ClamdStream> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("slipway-scan").factory());

    private Clamd(ScanSettings settings, String clamd) {
        this.settings = settings;
        this.address = ClamdAddress.parse(clamd);
        this.places = new ScanPlaces(settings.connections());
        var _ = ticks.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /** The clamd that settings name; empty if they name none. Does not connect yet. */
    public static Optional<Clamd> of(ScanSettings settings) {
        return Optional.ofNullable(settings.clamd()).map(clamd -> new Clamd(settings, clamd));
    }

    /**
     * Says why nothing could be scanned now; empty if clamd answers. Blocks until then, at most for the settings' timeout
     * twice.
     */
    public Optional<String> problem() {
        try (ClamdStream stream = new ClamdStream(address, settings.timeout())) {
            open.add(stream);
            try {
                ScanOutcome outcome = stream.finish();
                return outcome.result() == ScanResult.CLEAN ? Optional.empty() : Optional.of(outcome.detail());
            } catch (ClosedChannelException _) {
                return Optional.of("the check was aborted");
            } finally {
                open.remove(stream);
            }
        }
    }

    /**
     * Begins to scan a file. Connects with its first bytes.
     *
     * @param account whose file it is: one account has at most half of the places
     * @param wait how long this may block for a place; zero to not wait
     * @return empty if too many files are being scanned
     */
    public Optional<Scan> begin(String account, Duration wait) throws InterruptedException {
        return places.take(account, wait) ? Optional.of(new Scan(account)) : Optional.empty();
    }

    /** Whether a file with this outcome is let through, according to the settings. */
    public boolean accepts(ScanOutcome outcome) {
        return switch (outcome.result()) {
            case CLEAN -> true;
            case INFECTED -> false;
            case TOO_LARGE -> settings.tooLarge() == NotScanned.ALLOW;
            case UNAVAILABLE -> settings.unavailable() == NotScanned.ALLOW;
        };
    }

    private void tick() {
        for (ClamdStream stream : open) {
            stream.closeIfStuck();
            Thread.ofVirtual().name("slipway-scan-alive").start(() -> stream.keepAlive(MOST_SILENCE));
        }
    }

    /** Ends all scans: they fail. */
    @Override
    public void close() {
        ticks.shutdownNow();
        open.forEach(ClamdStream::close);
    }

    /** The scan of one file. Used by one thread at a time, except for {@link #close}. */
    public final class Scan implements AutoCloseable {
        private final String account;
        private final ClamdStream stream = new ClamdStream(address, settings.timeout());
        private final AtomicBoolean closed = new AtomicBoolean();

        private Scan(String account) {
            this.account = account;
            open.add(stream);
        }

        /**
         * Takes the next bytes of the file. Blocks while clamd does not keep up.
         *
         * @param data does not change
         * @return the outcome, if it is known before the end of the file: it was not scanned then
         * @throws ClosedChannelException this was closed by another thread
         */
        public Optional<ScanOutcome> add(ByteBuffer data) throws ClosedChannelException {
            return stream.add(data);
        }

        /**
         * Sends the end of the file, and waits for the verdict, at most for the settings' timeout twice.
         *
         * @throws ClosedChannelException this was closed by another thread
         */
        public ScanOutcome finish() throws ClosedChannelException {
            return stream.finish();
        }

        /** Ends the connection, and gives the place back. May be called by any thread, and more than once. */
        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                stream.close();
                open.remove(stream);
                places.giveBack(account);
            }
        }
    }
}
