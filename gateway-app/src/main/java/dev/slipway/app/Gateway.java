package dev.slipway.app;

import dev.slipway.admin.management.Accounts;
import dev.slipway.admin.management.ManagedRemotes;
import dev.slipway.admin.management.Principal;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.Fingerprints;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.doctor.ProbeReport;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.sftp.SftpServer;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.Pushes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway: FTPS and SFTP listeners in front of an object store. There is no static state; several can run in
 * one process, each with a state directory of its own.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.builder()
 *         .endpoint(URI.create("http://127.0.0.1:9000"))
 *         .credentials("access", "secret")
 *         .bucket("files")
 *         .account("anna", "a-long-password")
 *         .stateDirectory(Path.of("slipway-state"))
 *         .start()) {
 *     System.out.println("SFTP on port " + gateway.sftpPort().getAsInt());
 *     ...
 * }
 * }</pre>
 */
public final class Gateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);

    private final GatewayParts parts;

    Gateway(GatewayParts parts) {
        this.parts = parts;
    }

    /** A gateway configured by a program. */
    public static GatewayBuilder builder() {
        return new GatewayBuilder();
    }

    /**
     * Starts a gateway. Returns when every listener accepts connections; the store need not be reachable then (see
     * {@link #isReady}). Blocks for about a second at the first start, when keys are made.
     *
     * @throws ConfigurationException the settings do not fit this machine or this Java process, or a file that they
     *     name cannot be used; lists every problem
     * @throws PortsTakenException ports are in use; none was opened
     * @throws IOException the state directory, or a key in it, cannot be used
     */
    public static Gateway start(GatewaySettings settings) throws ConfigurationException, IOException {
        return start(settings, Hooks.NONE);
    }

    static Gateway start(GatewaySettings settings, Hooks hooks) throws ConfigurationException, IOException {
        return new Gateway(new GatewayAssembly(settings, hooks).assemble());
    }

    /**
     * Whether clients should be sent here: the store answered the last check, the state database accepts writes, and
     * the gateway is not draining.
     */
    public boolean isReady() {
        return parts.readiness().isReady();
    }

    /**
     * Waits until the gateway has been ready for the first time.
     *
     * @param limit the longest time to wait
     * @return whether it was ready in time
     */
    public boolean awaitReady(Duration limit) throws InterruptedException {
        return parts.readiness().awaitReady(limit);
    }

    /** The control port of explicit FTPS; empty if there is none. */
    public OptionalInt explicitPort() {
        return parts.ftps() == null ? OptionalInt.empty() : parts.ftps().explicitPort();
    }

    /** The control port of implicit FTPS; empty if there is none. */
    public OptionalInt implicitPort() {
        return parts.ftps() == null ? OptionalInt.empty() : parts.ftps().implicitPort();
    }

    /** The port of SFTP and SCP; empty if there is none. */
    public OptionalInt sftpPort() {
        return parts.sftp() == null
                ? OptionalInt.empty()
                : OptionalInt.of(parts.sftp().port());
    }

    /** Whether the HTTP listener has the web console, at {@code /console/}. */
    boolean hasConsole() {
        return parts.admin() != null && parts.admin().hasConsole();
    }

    /** The port of metrics and health; empty if there is none. */
    public OptionalInt adminPort() {
        return parts.admin() == null
                ? OptionalInt.empty()
                : OptionalInt.of(parts.admin().port());
    }

    /** The SHA-256 fingerprint of the certificate that new FTPS sessions see. */
    public String certificateFingerprint() {
        return Fingerprints.of(parts.tls().certificate().leaf());
    }

    /** The PEM file that clients verify the development certificate with; empty when a certificate was configured. */
    public Optional<Path> certificateAuthority() {
        return Optional.ofNullable(parts.certificateAuthority());
    }

    /** The public host keys that new SSH sessions see. */
    public List<PublicKey> hostKeys() {
        return parts.hostKeys().get().stream().map(pair -> pair.getPublic()).toList();
    }

    /**
     * The accounts, to read and change them. Accounts of the configuration and of the builder are read-only; those of an
     * {@link Authenticator} are not listed.
     */
    public Accounts accounts() {
        return parts.services().accounts(Principal.LOCAL);
    }

    /** The remotes, to read and change them. Those of the configuration and of the builder are read-only. */
    public ManagedRemotes remotes() {
        return new ManagedRemotes(parts.transfers().transfers().remotes(), Principal.LOCAL);
    }

    /** Where files of the store are pushed to remotes. */
    public Pushes pushes() {
        return parts.transfers().transfers().pushes();
    }

    /** The jobs that pushes become. */
    public Jobs jobs() {
        return parts.transfers().transfers().jobs();
    }

    /** The reports of the buckets probed since the start. */
    List<ProbeReport> probeReports() {
        return parts.probes().reports();
    }

    /** The memory that uploads hold. */
    PartPool uploadMemory() {
        return parts.uploadMemory();
    }

    /** The memory that downloads hold. */
    PartPool downloadMemory() {
        return parts.downloadMemory();
    }

    /**
     * Prepares the shutdown: stops listening and ends each session as soon as it is idle (FTP reply 421, SSH
     * disconnect); transfers in progress may finish. {@link #isReady} is false from now on. Blocks until all sessions
     * have ended, or until the limit; {@link #close}, which must still be called, aborts the rest.
     *
     * @param limit the longest time to wait; zero to not wait
     */
    public void drain(Duration limit) throws InterruptedException {
        parts.readiness().drain();
        if (limit.isZero()) {
            return;
        }
        log.info(
                "Shutting down: {} sessions may finish within {} s",
                parts.sessions().list().size(),
                limit.toSeconds());
        List<Callable<Boolean>> listeners = new ArrayList<>();
        FtpsServer ftps = parts.ftps();
        if (ftps != null) {
            listeners.add(() -> ftps.drain(limit));
        }
        SftpServer sftp = parts.sftp();
        if (sftp != null) {
            listeners.add(() -> sftp.drain(limit));
        }
        listeners.add(() -> {
            parts.watches().drain(limit);
            return true;
        });
        listeners.add(() -> {
            parts.transfers().drain(limit);
            return true;
        });
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> drained : executor.invokeAll(listeners)) {
                if (drained.state() == Future.State.FAILED) {
                    log.warn("Sessions could not be ended gracefully", drained.exceptionNow());
                }
            }
        }
        int left = parts.sessions().list().size();
        if (left > 0) {
            log.warn("{} sessions did not end within {} s: their transfers are aborted", left, limit.toSeconds());
        }
    }

    /**
     * Stops listening, ends all sessions and aborts or interrupts their uploads, except those that are already being
     * committed. Blocks until they have ended, at most about a minute and a half. Closing a second time does nothing.
     */
    @Override
    public void close() {
        parts.resources().close();
    }
}
