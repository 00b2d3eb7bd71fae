package dev.slipway.core.event;

import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something that has happened. Published after the store has confirmed it and before the client is told. */
public sealed interface GatewayEvent {
    /** When it happened. */
    Instant at();

    /**
     * A session begins.
     *
     * @param client who has logged in
     * @param certificate what with, if it was an SSH certificate
     */
    record LoggedIn(Instant at, Client client, @Nullable UserCertificate certificate) implements GatewayEvent {
        /** With something else than a certificate. */
        public LoggedIn(Instant at, Client client) {
            this(at, client, null);
        }
    }

    /**
     * Somebody could not log in, for whatever reason. One who offers several keys fails with each that is unknown.
     *
     * @param account the name that was given; need not exist
     */
    record LoginFailed(Instant at, Protocol protocol, InetAddress address, String account, LoginMethod method)
            implements GatewayEvent {}

    /** Somebody with the right proof was sent away, since the account has as many sessions as it may. */
    record SessionRefused(Instant at, Protocol protocol, InetAddress address, String account) implements GatewayEvent {}

    /**
     * A session has ended.
     *
     * @param lasted since the login
     */
    record LoggedOut(Instant at, Client client, Duration lasted) implements GatewayEvent {}

    /**
     * Somebody has run an admin command.
     *
     * @param user the account, or the user of the gateway's own machine
     * @param client who it is, if it came by a protocol; null on the gateway's own machine
     * @param command what was typed, without its secrets
     * @param status what it has ended with: 0 for success
     * @param took since it began
     */
    record CommandRun(Instant at, String user, @Nullable Client client, String command, int status, Duration took)
            implements GatewayEvent {}

    /**
     * Somebody has wanted something changed by the HTTP API, or was refused there.
     *
     * @param caller the account, or {@code token NAME}; empty if nobody has proved who it is
     * @param method such as {@code POST}
     * @param path without its query
     * @param status of HTTP
     * @param took since it came
     */
    record ApiCalled(
            Instant at, String caller, InetAddress address, String method, String path, int status, Duration took)
            implements GatewayEvent {}

    /** Something that was done, or not, with a file or directory. */
    sealed interface FileEvent extends GatewayEvent {
        /** Who wanted it. */
        Client client();

        /** What was wanted. */
        Operation operation();

        /** Where. */
        VirtualPath path();
    }

    /**
     * A file is stored, whole.
     *
     * @param bytes its size
     * @param took since the upload began
     */
    record Uploaded(Instant at, Client client, VirtualPath path, long bytes, Duration took) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.UPLOAD;
        }
    }

    /**
     * A file that was open for reading is closed.
     *
     * @param bytes that were read, which may be fewer than the file has, or more
     * @param took since it was opened
     */
    record Downloaded(Instant at, Client client, VirtualPath path, long bytes, Duration took) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.DOWNLOAD;
        }
    }

    /** A file or directory has another name. */
    record Renamed(Instant at, Client client, VirtualPath path, VirtualPath to) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.RENAME;
        }
    }

    /** There is a copy of a file. */
    record Copied(Instant at, Client client, VirtualPath path, VirtualPath to) implements FileEvent {
        @Override
        public Operation operation() {
            return Operation.COPY;
        }
    }

    /**
     * Something else was done.
     *
     * @param operation none of those above
     */
    record Done(Instant at, Client client, Operation operation, VirtualPath path) implements FileEvent {}

    /**
     * Something was not done.
     *
     * @param failure why not
     * @param message what the client is told
     */
    record Failed(Instant at, Client client, Operation operation, VirtualPath path, Failure failure, String message)
            implements FileEvent {}

    /**
     * A job is at its end. May be published more than once for the same end, if a gateway was killed then.
     *
     * @param job its id
     * @param succeeded whether it was done
     * @param state how it ended, as the state of a job is called
     * @param message why it failed, or what came of it
     * @param source what was sent
     * @param destination where to
     * @param bytes that have arrived
     * @param took from the beginning of the first attempt
     * @param attempts how many there were
     * @param submitter who wanted it
     * @param correlation what the submitter knows it by; may be empty
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
     * A message asked for something that cannot be done, and did not become a job.
     *
     * @param queue where it came from
     * @param correlation what its sender knows it by; may be empty
     * @param reason what is wrong with it
     */
    record MessageRefused(Instant at, String queue, String correlation, String reason) implements GatewayEvent {}
}
