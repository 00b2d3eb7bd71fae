package dev.slipway.ingest.scan;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Origin;
import dev.slipway.core.event.ScanResult;
import dev.slipway.core.vfs.UploadInspection;
import dev.slipway.core.vfs.UploadInspections;
import dev.slipway.transfer.push.NamePattern;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has clamd scan uploads while they arrive. Their files appear only if it found nothing. Thread-safe. */
public final class UploadScans implements UploadInspections, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UploadScans.class);

    /** Well below clamd's own limits for silent connections, which are 30 s or more by default. */
    private static final Duration MOST_SILENCE = Duration.ofSeconds(4);

    private final ScanSettings settings;
    private final ClamdAddress address;
    private final List<Pattern> paths;
    private final ScanPlaces places;
    private final Events events;
    private final Clock clock;
    private final Set<ClamdStream> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("slipway-scan").factory());

    private UploadScans(ScanSettings settings, String clamd, Events events, Clock clock) {
        this.settings = settings;
        this.address = ClamdAddress.parse(clamd);
        this.paths = settings.paths().stream().map(NamePattern::compile).toList();
        this.places = new ScanPlaces(settings.connections());
        this.events = events;
        this.clock = clock;
        var _ = ticks.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /**
     * Scans according to settings. Does not connect yet.
     *
     * @param events receives what came of each file
     * @return empty if nothing is to be scanned
     */
    public static Optional<UploadScans> of(ScanSettings settings, Events events, Clock clock) {
        String clamd = settings.clamd();
        return clamd == null ? Optional.empty() : Optional.of(new UploadScans(settings, clamd, events, clock));
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

    private void tick() {
        for (ClamdStream stream : open) {
            stream.closeIfStuck();
            Thread.ofVirtual().name("slipway-scan-alive").start(() -> stream.keepAlive(MOST_SILENCE));
        }
    }

    @Override
    public boolean covers(String account, @Nullable Client client, VirtualPath file) {
        return isOriginScanned(client)
                && (settings.accounts().isEmpty() || settings.accounts().contains(account))
                && (paths.isEmpty()
                        || paths.stream()
                                .anyMatch(path -> path.matcher(file.toString()).matches()));
    }

    /** The members of an archive are in the store already, and an archive is often larger than what clamd takes. */
    private boolean isOriginScanned(@Nullable Client client) {
        if (client == null) {
            return settings.origins().isEmpty();
        }
        return client.origin() != Origin.ARCHIVE
                && (settings.origins().isEmpty() || settings.origins().contains(client.origin()));
    }

    @Override
    public UploadInspection begin(String account, @Nullable Client client, VirtualPath file, Duration wait)
            throws VfsException {
        try {
            if (!places.take(account, wait)) {
                throw new VfsException(
                        Failure.BUSY, file, "Too many files are being scanned at this moment; try again later.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VfsException(Failure.ABORTED, file, "The upload was aborted.", e);
        }
        return new Scan(account, client, file);
    }

    /** The scan of one upload. */
    private final class Scan implements UploadInspection {
        private final String account;
        private final @Nullable Client client;
        private final VirtualPath file;
        private final ClamdStream stream = new ClamdStream(address, settings.timeout());
        private final AtomicBoolean closed = new AtomicBoolean();
        private @Nullable ScanOutcome outcome;

        Scan(String account, @Nullable Client client, VirtualPath file) {
            this.account = account;
            this.client = client;
            this.file = file;
            open.add(stream);
        }

        @Override
        public void add(ByteBuffer data) throws VfsException {
            if (outcome != null) {
                require(outcome);
                return;
            }
            try {
                Optional<ScanOutcome> end = stream.add(data);
                if (end.isPresent()) {
                    decide(end.get());
                }
            } catch (ClosedChannelException e) {
                throw aborted(e);
            }
        }

        @Override
        public void requireAccepted() throws VfsException {
            if (outcome != null) {
                require(outcome);
                return;
            }
            try {
                decide(stream.finish());
            } catch (ClosedChannelException e) {
                throw aborted(e);
            }
        }

        private void decide(ScanOutcome decided) throws VfsException {
            outcome = decided;
            stream.close();
            if (decided.result() == ScanResult.UNAVAILABLE) {
                log.warn("{} of {} was not scanned: {}", file, account, decided.detail());
            } else if (decided.result() == ScanResult.INFECTED) {
                log.warn("{} of {} is refused: clamd has found {}", file, account, decided.detail());
            }
            events.publish(new GatewayEvent.Scanned(
                    clock.instant(), account, client, file, decided.result(), decided.detail(), isAccepted(decided)));
            require(decided);
        }

        private boolean isAccepted(ScanOutcome decided) {
            return switch (decided.result()) {
                case CLEAN -> true;
                case INFECTED -> false;
                case TOO_LARGE -> settings.tooLarge() == NotScanned.ALLOW;
                case UNAVAILABLE -> settings.unavailable() == NotScanned.ALLOW;
            };
        }

        private void require(ScanOutcome decided) throws VfsException {
            if (isAccepted(decided)) {
                return;
            }
            throw switch (decided.result()) {
                case TOO_LARGE ->
                    new VfsException(
                            Failure.TOO_LARGE,
                            file,
                            "The file is refused: it cannot be scanned, since it is larger than clamd's"
                                    + " StreamMaxLength.");
                case UNAVAILABLE ->
                    new VfsException(
                            Failure.UNAVAILABLE,
                            file,
                            "The file cannot be scanned at this moment, and is refused; try again later.");
                case INFECTED, CLEAN ->
                    new VfsException(
                            Failure.PERMISSION_DENIED,
                            file,
                            "The file is refused: the virus scanner has found " + decided.detail() + ".");
            };
        }

        private VfsException aborted(ClosedChannelException e) {
            return new VfsException(Failure.ABORTED, file, "The upload was aborted.", e);
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                stream.close();
                open.remove(stream);
                places.giveBack(account);
            }
        }
    }

    /** Stops looking after scans. Uploads that are still open fail. */
    @Override
    public void close() {
        ticks.shutdownNow();
        open.forEach(ClamdStream::close);
    }
}
