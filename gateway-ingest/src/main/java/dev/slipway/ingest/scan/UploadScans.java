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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has clamd scan uploads while they arrive. Their files appear only if it found nothing. Thread-safe. */
public final class UploadScans implements UploadInspections {
    private static final Logger log = LoggerFactory.getLogger(UploadScans.class);

    private final ScanSettings settings;
    private final Clamd clamd;
    private final List<Pattern> paths;
    private final Events events;
    private final Clock clock;

    /**
     * Scans according to settings.
     *
     * @param clamd remains the caller's, who closes it: uploads that are still open fail then
     * @param events receives what came of each file
     */
    public UploadScans(ScanSettings settings, Clamd clamd, Events events, Clock clock) {
        this.settings = settings;
        this.clamd = clamd;
        this.paths = settings.paths().stream().map(NamePattern::compile).toList();
        this.events = events;
        this.clock = clock;
    }

    @Override
    public boolean covers(String account, @Nullable Client client, VirtualPath file) {
        return settings.uploads()
                && isOriginScanned(client)
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
            return new Scan(
                    account,
                    client,
                    file,
                    clamd.begin(account, wait)
                            .orElseThrow(() -> new VfsException(
                                    Failure.BUSY,
                                    file,
                                    "Too many files are being scanned at this moment; try again later.")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VfsException(Failure.ABORTED, file, "The upload was aborted.", e);
        }
    }

    /** The scan of one upload. */
    private final class Scan implements UploadInspection {
        private final String account;
        private final @Nullable Client client;
        private final VirtualPath file;
        private final Clamd.Scan scan;
        private @Nullable ScanOutcome outcome;

        Scan(String account, @Nullable Client client, VirtualPath file, Clamd.Scan scan) {
            this.account = account;
            this.client = client;
            this.file = file;
            this.scan = scan;
        }

        @Override
        public void add(ByteBuffer data) throws VfsException {
            if (outcome != null) {
                require(outcome);
                return;
            }
            try {
                Optional<ScanOutcome> end = scan.add(data);
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
                decide(scan.finish());
            } catch (ClosedChannelException e) {
                throw aborted(e);
            }
        }

        private void decide(ScanOutcome decided) throws VfsException {
            outcome = decided;
            // Another file may have the place.
            scan.close();
            if (decided.result() == ScanResult.UNAVAILABLE) {
                log.warn("{} of {} was not scanned: {}", file, account, decided.detail());
            } else if (decided.result() == ScanResult.INFECTED) {
                log.warn("{} of {} is refused: clamd has found {}", file, account, decided.detail());
            }
            events.publish(new GatewayEvent.Scanned(
                    clock.instant(),
                    account,
                    client,
                    file,
                    decided.result(),
                    decided.detail(),
                    clamd.accepts(decided)));
            require(decided);
        }

        private void require(ScanOutcome decided) throws VfsException {
            if (clamd.accepts(decided)) {
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
            scan.close();
        }
    }
}
