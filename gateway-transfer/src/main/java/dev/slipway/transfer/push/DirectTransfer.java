package dev.slipway.transfer.push;

import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Execution;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.ShellWords;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The remote fetches the pieces itself, with curl, each on its own channel, and writes them to their offsets in one
 * file. Standard output is that file: dd moves its offset, and curl writes on from there, so that nothing is copied a
 * second time. Linux tells the offset meanwhile (proc_pid_fdinfo(5)): that shows the progress each second, and where the
 * next attempt continues if a connection breaks.
 */
final class DirectTransfer implements PushWork.Sender {
    /** How many times in a row a piece may fail without progress. */
    private static final int TRIES = 5;

    private static final long FIRST_PAUSE_MILLIS = 500;

    /** curl prints a line after each range, however slow that is, and ends by itself if no bytes arrive. */
    private static final Duration SILENCE = Duration.ofHours(6);

    /** A URL that was refused later than this may have expired. */
    private static final Duration FRESH = Duration.ofSeconds(30);

    /** Of a file and an offset; {@code @curl@} stands for the command. A file that was taken away meanwhile is not made again: it would have holes. */
    private static final String SCRIPT = """
            [ -f "$1" ] && exec 1<>"$1" && dd bs=1 seek="$2" count=0 conv=notrunc </dev/null 2>/dev/null || exit 1
            last=
            tell() {
              while read -r key value; do
                if [ "$key" = pos: ] && [ "$value" != "$last" ]; then
                  last=$value
                  printf '%s\\n' "slipway-at $value" >&2
                fi
              done </proc/self/fdinfo/1
            }
            teller=
            if [ -r /proc/self/fdinfo/1 ]; then
              while sleep 1 </dev/null >/dev/null 2>&1; do tell; done &
              teller=$!
            fi
            @curl@
            status=$?
            if [ -n "$teller" ]; then
              kill "$teller" 2>/dev/null
              wait "$teller" 2>/dev/null
              tell
            fi
            exit "$status"
            """;

    /**
     * For a curl that cannot report anything but on its standard output, which is the file: it writes the response headers to a
     * pipe, from which the shell reads it. The exit status is curl's.
     */
    private static final String HEAD_APART = """
            exec 5>&1
            { curl -q --config - 6>&1 >&5 5>&-; echo "slipway-exit $?"; } | while read -r line; do
              case "$line" in
                "slipway-exit "*) exit "${line#slipway-exit }";;
                *) printf '%s\\n' "slipway-head $line" >&2;;
              esac
            done""";

    /** Of what curl has to say; a line for each range, and the reason in the end. */
    private static final int OUTPUT_BYTES = 64 << 10;

    /** curl's own exit codes. */
    private static final int UNKNOWN_OPTION = 2;

    private static final int TOO_LARGE = 63;

    /**
     * No such protocol, no proxy, no address, no connection, too late, no TLS, no trust, problems with certificates and
     * ciphers, no list of authorities, and a proxy that refuses.
     */
    private static final Set<Integer> UNREACHABLE = Set.of(1, 5, 6, 7, 28, 35, 58, 59, 60, 66, 77, 83, 91, 97);

    /** A connection broke; also if a proxy did not open one. */
    private static final int RECEIVE_ERROR = 56;

    /** The answers of stores that refuse the remote's address, and of proxies. */
    private static final Set<Integer> REFUSALS = Set.of(401, 403, 407, 451);

    private static final int FORBIDDEN = 403;
    private static final int TIMEOUT = 408;
    private static final int REPLACED = 412;
    private static final int TOO_MANY_REQUESTS = 429;

    private static final String TOO_OLD =
            "its curl does not know the options that are needed, or does not report what it does";

    /** Of a remote that is only asked whether it reaches the store. */
    private static final Duration ASKING = Duration.ofSeconds(90);

    private final JobRun run;
    private final PushWork work;
    private final Source source;
    private final RemoteConnection connection;

    /** Whether the remote has reached the store. */
    private volatile boolean reached;

    private final CurlRanges ranges = new CurlRanges();

    /** Whether curl reports each range. */
    private final boolean reporting;

    /** Whether curl has said once that it cannot. */
    private volatile boolean unreachable;

    private volatile boolean tooOld;
    private volatile boolean refused;

    /** @param capabilities of the remote, without an {@linkplain #obstacle obstacle} */
    DirectTransfer(JobRun run, PushWork work, Source source, RemoteConnection connection, Capabilities capabilities) {
        this.run = run;
        this.work = work;
        this.source = source;
        this.connection = connection;
        this.reporting = capabilities.isCurlReporting();
    }

    /** What this needs and a remote does not have; empty if it has everything. */
    static Optional<String> obstacle(Capabilities capabilities) {
        if (!capabilities.shell() || !capabilities.tools().containsAll(List.of("curl", "dd"))) {
            return Optional.of("it has no shell with curl and dd");
        }
        return capabilities.curlObstacle();
    }

    /**
     * Lets a remote make a test request, without file content.
     *
     * @param request for an object that is not there as a rule
     */
    static StoreAnswer ask(RemoteConnection connection, PresignedRequest request) throws RemoteException {
        ExecutionResult result = connection.run(
                "exec curl -q --config -", CurlConfiguration.ofAnswer(request).bytes(), ASKING, OUTPUT_BYTES);
        int status = CurlConfiguration.status(result.output());
        if (status > 0) {
            return new StoreAnswer.Reached(
                    status, StoreAnswer.code(result.output()).orElse(""));
        }
        return new StoreAnswer.NotReached(
                result.succeeded() ? TOO_OLD : said(result).orElse("exit status " + result.status()));
    }

    /** Whether the remote has reached the store. */
    boolean hasReached() {
        return reached;
    }

    /** Whether the remote has no way to the store. */
    boolean isUnreachable() {
        return unreachable && !reached;
    }

    /** Whether the remote's curl cannot do this, now or later. */
    boolean isTooOld() {
        return tooOld;
    }

    /** Whether what has answered the remote has refused its request; the gateway's own may be answered. */
    boolean isRefused() {
        return refused;
    }

    @Override
    public void send(int index) throws JobException, JobStoppedException, RemoteException {
        int failures = 0;
        while (!work.piece(index).isWhole()) {
            run.throwIfStopped();
            long before = work.piece(index).written();
            String problem = fetch(index);
            if (problem == null) {
                continue;
            }
            if (isUnreachable()) {
                throw JobException.temporary(problem);
            }
            failures = work.piece(index).written() > before ? 0 : failures + 1;
            if (failures == TRIES) {
                throw JobException.temporary(problem);
            }
            work.pause(FIRST_PAUSE_MILLIS << failures);
        }
    }

    /** Fetches some of a piece; returns the problem if not all has arrived and another attempt may help. */
    private @Nullable String fetch(int index) throws JobException, RemoteException {
        long began = System.nanoTime();
        CurlFetch fetch = CurlFetch.of(work, index, ranges, source.request(work.version()), reporting);
        String command = "set -- " + ShellWords.quote(work.checkpoint().temporary()) + " " + fetch.start() + "\n"
                + SCRIPT.replace("@curl@", reporting ? "curl -q --config -" : HEAD_APART);
        ExecutionResult result;
        Execution execution = connection.start(command, fetch.configuration(), SILENCE, OUTPUT_BYTES, fetch::line);
        work.unblockWith(execution);
        try (execution) {
            result = execution.await();
        } finally {
            work.closed(execution);
        }
        if (fetch.isComplete(result.status())) {
            reached = true;
            return null;
        }
        fetch.broken(result.status());
        return problem(fetch, result, System.nanoTime() - began < FRESH.toNanos());
    }

    private String problem(CurlFetch fetch, ExecutionResult result, boolean fresh)
            throws JobException, RemoteException {
        String said = said(result).map(line -> ": " + line).orElse("");
        if (fetch.isWrong() || result.status() == TOO_LARGE) {
            throw JobException.permanent("the store sends the remote a different range than it asks for");
        }
        if (result.status() == CurlFetch.WRITE_ERROR) {
            throw writeFailure(said);
        }
        int status = fetch.status();
        if (REFUSALS.contains(status) && !fetch.hasRange() && fresh && !reached) {
            refused = true;
            unreachable = true;
            return refusal(status);
        }
        reached |= status > 0;
        // It does not know an option, or ends well without a word since it cannot be told where to say it.
        tooOld |= status == 0 && (result.status() == 0 || result.status() == UNKNOWN_OPTION);
        unreachable |= tooOld
                || UNREACHABLE.contains(result.status())
                || (result.status() == RECEIVE_ERROR && status == 0 && said.contains("CONNECT"));
        if (tooOld && !reached) {
            return TOO_OLD;
        }
        if (status == REPLACED) {
            throw JobException.temporary("the source was replaced while it was sent");
        }
        if (status == FORBIDDEN && (fetch.hasRange() || !fresh)) {
            return "the signed URL for the remote has expired";
        }
        if (status >= 400 && status < 500 && status != TIMEOUT && status != TOO_MANY_REQUESTS) {
            throw JobException.permanent(refusal(status));
        }
        return "the remote could not fetch from the store (exit status " + result.status() + ")" + said;
    }

    /** What the store says to a request that it refuses, which curl has thrown away. */
    private String refusal(int status) throws JobException {
        String answer = "the store refuses the remote's request with HTTP " + status;
        CurlConfiguration configuration = CurlConfiguration.ofAnswer(source.request(work.version()));
        try {
            ExecutionResult result =
                    connection.run("exec curl -q --config -", configuration.bytes(), ASKING, OUTPUT_BYTES);
            return answer
                    + StoreAnswer.code(result.output()).map(code -> " " + code).orElse("");
        } catch (RemoteException e) {
            // The status has to do.
            return answer;
        }
    }

    /** curl's own last words, or those of something else if it has said nothing. */
    private static Optional<String> said(ExecutionResult result) {
        List<String> lines = result.errors().lines().toList();
        return lines.stream()
                .filter(line -> line.startsWith("curl: "))
                .reduce((_, last) -> last)
                .or(() -> lines.stream().reduce((_, last) -> last));
    }

    /** Whether there is no space left, or something else is wrong with the file. */
    private RemoteException writeFailure(String said) throws RemoteException {
        Checkpoint now = work.checkpoint();
        long missing = now.version().size() - now.written();
        boolean full;
        try {
            full = connection.space(Destination.parent(now.temporary())).available() < missing;
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.UNSUPPORTED) {
                throw e;
            }
            full = true;
        }
        return new RemoteException(
                full ? RemoteFailure.NO_SPACE : RemoteFailure.FAILED, "the remote cannot write the file" + said);
    }
}
