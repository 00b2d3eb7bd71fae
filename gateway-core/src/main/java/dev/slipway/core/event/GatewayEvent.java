package dev.slipway.core.event;

import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something that happened. Published after the store has confirmed it and before the client gets its answer. */
public sealed interface GatewayEvent {
    /** When it happened. */
    Instant at();

    /**
     * A session begins.
     *
     * @param client the client that logged in
     * @param certificate the SSH certificate that it used, if any
     */
    record LoggedIn(Instant at, Client client, @Nullable UserCertificate certificate) implements GatewayEvent {
        /** A login without a certificate. */
        public LoggedIn(Instant at, Client client) {
            this(at, client, null);
        }
    }

    /**
     * A login failed, for any reason. A client that offers several keys fails once for each unknown key.
     *
     * @param account the given name; need not exist
     */
    record LoginFailed(Instant at, Protocol protocol, InetAddress address, String account, LoginMethod method)
            implements GatewayEvent {}

    /** A login with valid credentials was refused because the account has reached its session limit. */
    record SessionRefused(Instant at, Protocol protocol, InetAddress address, String account) implements GatewayEvent {}

    /**
     * A session has ended.
     *
     * @param lasted the time since the login
     */
    record LoggedOut(Instant at, Client client, Duration lasted) implements GatewayEvent {}

    /**
     * An admin command was run.
     *
     * @param user the account, or the user of the gateway's own machine
     * @param client the client, if the command came over a protocol; null on the gateway's own machine
     * @param command the command line, without secrets
     * @param status the exit status: 0 for success
     * @param took its duration
     */
    record CommandRun(Instant at, String user, @Nullable Client client, String command, int status, Duration took)
            implements GatewayEvent {}

    /**
     * A request to the HTTP API that changes something, or a refused request.
     *
     * @param caller the account, or {@code token NAME}; empty if not authenticated
     * @param method such as {@code POST}
     * @param path without its query
     * @param status the HTTP status
     * @param took its duration
     */
    record ApiCalled(
            Instant at, String caller, InetAddress address, String method, String path, int status, Duration took)
            implements GatewayEvent {}

    /** An operation on a file or directory, successful or not. */
    sealed interface FileEvent extends GatewayEvent {
        /** The client that requested it. */
        Client client();

        /** The operation. */
        Operation operation();

        /** The path of the file or directory. */
        VirtualPath path();
    }

    /**
     * A complete file was stored.
     *
     * @param object what it is in the store
     * @param took the time since the upload began
     */
    record Uploaded(Instant at, Client client, VirtualPath path, StoredObject object, Duration took)
            implements FileEvent {
        /** Its size. */
        public long bytes() {
            return object.bytes();
        }

        @Override
        public Operation operation() {
            return Operation.UPLOAD;
        }
    }

    /**
     * A file that was open for reading was closed.
     *
     * @param bytes the bytes read, which may be fewer than the file has, or more
     * @param took the time since it was opened
     */
    record Downloaded(Instant at, Client client, VirtualPath path, long bytes, Duration took) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.DOWNLOAD;
        }
    }

    /** A file or directory was renamed. */
    record Renamed(Instant at, Client client, VirtualPath path, VirtualPath to) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.RENAME;
        }
    }

    /** A file was copied. */
    record Copied(Instant at, Client client, VirtualPath path, VirtualPath to) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.COPY;
        }
    }

    /**
     * Another operation succeeded.
     *
     * @param operation none of those above
     */
    record Done(Instant at, Client client, Operation operation, VirtualPath path) implements FileEvent {}

    /**
     * An operation failed.
     *
     * @param failure why
     * @param message the message for the client
     */
    record Failed(Instant at, Client client, Operation operation, VirtualPath path, Failure failure, String message)
            implements FileEvent {}

    /**
     * A job ended. May be published more than once for the same end, if a gateway was killed then.
     *
     * @param job its id
     * @param succeeded whether it succeeded
     * @param state the final state of the job
     * @param message why it failed, or its result
     * @param source what was sent
     * @param destination where it was sent
     * @param bytes the bytes that have arrived
     * @param took the time since the first attempt began
     * @param attempts the number of attempts
     * @param submitter who submitted it
     * @param correlation the submitter's own id for it; may be empty
     */
    record JobEnded(
            Instant at,
            String job,
            boolean succeeded,
            String state,
            String message,
            String source,
            String destination,
            long bytes,
            Duration took,
            int attempts,
            String submitter,
            String correlation)
            implements GatewayEvent {}

    /**
     * A message requested something impossible and did not become a job.
     *
     * @param queue where it came from
     * @param correlation the sender's own id for it; may be empty
     * @param reason what is wrong with it
     */
    record MessageRefused(Instant at, String queue, String correlation, String reason) implements GatewayEvent {}

    /**
     * A file was scanned for malware, or should have been. Published before the client gets its answer; a refused upload
     * also fails.
     *
     * @param account the account that uploads
     * @param client the client that uploads; null for the gateway's own use
     * @param path as the account sees it
     * @param result what came of it
     * @param detail the name of what was found, or why the file was not scanned; empty for a clean file
     * @param accepted whether the file may appear
     */
    record Scanned(
            Instant at,
            String account,
            @Nullable Client client,
            VirtualPath path,
            ScanResult result,
            String detail,
            boolean accepted)
            implements GatewayEvent {}

    /**
     * The step of a rule has moved a file to a quarantine, since the scanner has found malware in it. May be published more
     * than once for the same file, if a gateway was killed then.
     *
     * @param rule the name of the rule
     * @param client the rule
     * @param account the account that has uploaded the file
     * @param path where the file was: its bucket and its key
     * @param to where it is now, likewise
     * @param signature the name of what was found
     */
    record Quarantined(
            Instant at, String rule, Client client, String account, VirtualPath path, VirtualPath to, String signature)
            implements GatewayEvent {}
}
