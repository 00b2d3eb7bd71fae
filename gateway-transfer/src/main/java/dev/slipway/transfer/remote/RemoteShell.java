package dev.slipway.transfer.remote;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Predicate;

/** Runs commands on a remote. */
final class RemoteShell {
    private static final int LARGEST_INPUT = 1024 * 1024;

    /** A remote whose commands are no shell's may wait for ever for input. */
    private static final Duration PROBE_TIME = Duration.ofSeconds(20);

    private static final int PROBE_OUTPUT = 64 * 1024;

    private final RemoteLink link;
    private final ChannelOpener opener;
    private final SftpChannels channels;

    /** @param channels give way to commands if the server opens only one channel */
    RemoteShell(RemoteLink link, ChannelOpener opener, SftpChannels channels) {
        this.link = link;
        this.opener = opener;
        this.channels = channels;
    }

    /** See {@link RemoteConnection#start(String, byte[], Duration, int, Predicate)}. */
    Execution start(String command, byte[] standardInput, Duration idle, int bound, Predicate<String> errorLines)
            throws RemoteException {
        if (command.indexOf('\0') >= 0 || standardInput.length > LARGEST_INPUT) {
            throw new IllegalArgumentException("a command with a NUL or too much input");
        }
        ChannelOpener.Opening<Execution> opening =
                over -> Execution.start(over, command, standardInput, idle, bound, errorLines);
        try {
            try {
                return opener.openIfThereIsRoom(opening);
            } catch (IOException e) {
                if (link.kind(e) != RemoteFailure.NO_CHANNEL) {
                    throw e;
                }
                // A channel that was closed a moment ago may still count.
                boolean _ = channels.makeRoom();
                return opener.open(opening);
            }
        } catch (IllegalStateException e) {
            throw link.failure("run a command", new IOException(e));
        } catch (IOException e) {
            throw link.failure("run a command", e);
        }
    }

    /** Runs a command to its end; see {@link #start} and {@link Execution#await}. */
    ExecutionResult run(String command, byte[] standardInput, Duration idle, int bound) throws RemoteException {
        try (Execution execution = start(command, standardInput, idle, bound, _ -> true)) {
            return execution.await();
        }
    }

    /** Runs a command that says something of the remote: without input, and for a short time. */
    ExecutionResult probe(String command) throws RemoteException {
        return run(command, new byte[0], probeTime(), PROBE_OUTPUT);
    }

    private Duration probeTime() {
        return link.timeouts().answer().compareTo(PROBE_TIME) < 0
                ? link.timeouts().answer()
                : PROBE_TIME;
    }
}
