package dev.slipway.transfer.push;

import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.push.Checkpoint.Piece;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Execution;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.ShellWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The remote fetches the pieces itself, with curl, each on its own channel, and writes them to their offsets in one
 * file. Standard output is that file: dd moves its offset, and curl writes on from there, so that nothing is copied a
 * second time. Linux tells the offset meanwhile (proc_pid_fdinfo(5)): that shows the progress each second, and where the
 * next attempt continues if a connection breaks.
 */
final class DirectTransfer implements PushWork.Sender {
    /**
     * The bytes of a range: an eighth of a piece, within these bounds, and half as many after each broken connection.
     * Complete ranges are known to be stored, whatever happens to the connection and on whatever system; each costs a
     * request.
     */
    private static final long LEAST_RANGE_BYTES = 16L << 20;

    private static final long LARGEST_RANGE_BYTES = 128L << 20;

    /** The first range, which shows that the remote gets what it asks for, and the least after broken connections. */
    private static final long FIRST_RANGE_BYTES = 1L << 20;

    /** What curl may have counted and not yet written when a connection breaks: its buffers are smaller. */
    private static final long UNWRITTEN_BYTES = 256L << 10;

    /** The most ranges of one command: a presigned URL does not live for ever. */
    private static final int RANGES = 64;

    /** How many times in a row a piece may fail without progress. */
    private static final int TRIES = 5;

    private static final long FIRST_PAUSE_MILLIS = 500;

    /** curl prints a line after each range, however slow that is, and ends by itself if no bytes arrive. */
    private static final Duration SILENCE = Duration.ofHours(6);

    /** A URL that was refused later than this may have expired. */
    private static final Duration FRESH = Duration.ofSeconds(30);

    /** Of a file and an offset. A file that was taken away meanwhile is not made again: it would have holes. */
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
            curl -q --config -
            status=$?
            if [ -n "$teller" ]; then
              kill "$teller" 2>/dev/null
              wait "$teller" 2>/dev/null
              tell
            fi
            exit "$status"
            """;

    /** Of what curl has to say; a line for each range, and the reason in the end. */
    private static final int OUTPUT_BYTES = 64 << 10;

    private static final Pattern REPORT =
            Pattern.compile(Pattern.quote(CurlConfiguration.REPORT) + "([0-9]{3}) ([0-9]{1,18})");

    /** How far the file is written from the beginning of the piece on. */
    private static final Pattern POSITION = Pattern.compile("slipway-at ([0-9]{1,18})");

    /** curl's own exit codes. */
    private static final int WRITE_ERROR = 23;

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

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int FORBIDDEN = 403;
    private static final int TIMEOUT = 408;
    private static final int REPLACED = 412;
    private static final int TOO_MANY_REQUESTS = 429;

    private static final String TOO_OLD = "its curl is too old to report what it does; 7.63 or later is needed";

    /** Of a remote that is only asked whether it reaches the store. */
    private static final Duration ASKING = Duration.ofSeconds(90);

    private final JobRun run;
    private final PushWork work;
    private final Source source;
    private final RemoteConnection connection;

    /** Whether the remote has reached the store. */
    private volatile boolean reached;

    /** Whether the remote has got a range that it has asked for. */
    private volatile boolean proven;

    /** The most bytes of a range. */
    private volatile long largest = LARGEST_RANGE_BYTES;

    /** Whether curl has said once that it cannot. */
    private volatile boolean unreachable;

    private volatile boolean tooOld;
    private volatile boolean refused;

    DirectTransfer(JobRun run, PushWork work, Source source, RemoteConnection connection) {
        this.run = run;
        this.work = work;
        this.source = source;
        this.connection = connection;
    }

    /** What this needs and a remote does not have; empty if it has everything. */
    static Optional<String> obstacle(Capabilities capabilities) {
        if (!capabilities.shell() || !capabilities.tools().containsAll(List.of("curl", "dd"))) {
            return Optional.of("it has no shell with curl and dd");
        }
        return capabilities.hasCurlBefore(7, 63)
                ? Optional.of("its curl is " + capabilities.curlVersion() + ", and 7.63 or later is needed")
                : Optional.empty();
    }

    /**
     * Lets a remote make a test request, without file content.
     *
     * @param request for an object that is not there as a rule
     */
    static StoreAnswer ask(RemoteConnection connection, PresignedRequest request) throws RemoteException {
        ExecutionResult result = connection.run(
                "exec curl -q --config -", CurlConfiguration.ofAnswer(request).bytes(), ASKING, OUTPUT_BYTES);
        int status = result.errors()
                .lines()
                .map(REPORT::matcher)
                .filter(Matcher::matches)
                .mapToInt(report -> Integer.parseInt(report.group(1)))
                .reduce(0, (_, last) -> last);
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

    /** The ranges of one command, and what is known of them. */
    private final class Fetch {
        private final int index;
        private final long start;
        private final List<Long> ends = new ArrayList<>();
        private final long began = System.nanoTime();
        private int reported;
        private int status;
        private boolean wrong;

        /** A range was short: whatever curl fetched after it went to the wrong place. */
        private boolean shortened;

        /** The bytes of that range. */
        private long shortBytes;

        Fetch(int index, long start) {
            this.index = index;
            this.start = start;
        }

        /**
         * Processes a line of output.
         *
         * @return whether it is for people
         */
        synchronized boolean line(String line) {
            Matcher position = POSITION.matcher(line.strip());
            if (position.matches()) {
                written(Long.parseLong(position.group(1)));
                return false;
            }
            Matcher report = REPORT.matcher(line.strip());
            if (!report.matches()) {
                return true;
            }
            report(report);
            return false;
        }

        /**
         * The file is written up to an offset. curl has said before it if ranges were complete; of the one after these, the
         * beginning counts if it is known to be what was asked for.
         */
        private void written(long offset) {
            if (wrong || !(shortened || proven)) {
                return;
            }
            long begin = begin();
            long end = shortened ? begin + shortBytes : reported < ends.size() ? ends.get(reported) : begin;
            if (offset > begin) {
                advance(Math.min(offset, end));
            }
        }

        /** Where the first range begins that curl has not reported. */
        private long begin() {
            return reported == 0 ? start : ends.get(reported - 1);
        }

        private void advance(long offset) {
            if (offset > work.piece(index).written()) {
                work.written(index, offset, null);
            }
        }

        /**
         * curl says how a range has ended. It counts bytes before it writes them, and has written them when it starts the
         * next range or ends successfully: only then is a range known to be in the file.
         */
        private void report(Matcher report) {
            if (reported == ends.size() || wrong || shortened) {
                return;
            }
            arrived(reported);
            status = Integer.parseInt(report.group(1));
            long bytes = Long.parseLong(report.group(2));
            long begin = begin();
            long wanted = ends.get(reported) - begin;
            boolean everything =
                    begin == 0 && ends.get(reported) == work.version().size();
            boolean whole = status == PARTIAL_CONTENT || (status == OK && everything);
            if (bytes > wanted || (bytes > 0 && !whole)) {
                wrong = true;
            } else if (bytes < wanted) {
                shortened = true;
                shortBytes = bytes;
            } else {
                reported++;
                proven |= status == PARTIAL_CONTENT;
            }
        }

        /** So many ranges are in the file. */
        private void arrived(int ranges) {
            if (ranges > 0) {
                advance(ends.get(ranges - 1));
            }
        }

        /** curl has ended, and a connection broke. */
        synchronized void broken(int exitStatus) {
            if (!shortened || shortBytes == 0) {
                return;
            }
            largest = Math.max(FIRST_RANGE_BYTES, (ends.get(reported) - begin()) / 2);
            if (exitStatus != WRITE_ERROR && shortBytes > UNWRITTEN_BYTES) {
                advance(begin() + shortBytes - UNWRITTEN_BYTES);
            }
        }

        /** Whether all ranges are in the file. */
        synchronized boolean isComplete(int exitStatus) {
            if (exitStatus != 0 || wrong || shortened || reported < ends.size()) {
                return false;
            }
            arrived(reported);
            return true;
        }
    }

    /** Fetches some ranges of a piece; returns the problem if not all have arrived and another attempt may help. */
    private @Nullable String fetch(int index) throws JobException, RemoteException {
        Piece piece = work.piece(index);
        PresignedRequest request = source.request(work.version());
        Fetch fetch = new Fetch(index, piece.written());
        CurlConfiguration configuration = new CurlConfiguration();
        // Without an ETag, two ranges may belong to two versions.
        long range = work.version().etag().isEmpty()
                ? Long.MAX_VALUE
                : Math.min(
                        largest,
                        Math.clamp((piece.end() - piece.offset()) / 8, LEAST_RANGE_BYTES, LARGEST_RANGE_BYTES));
        for (long from = piece.written(); from < piece.end() && fetch.ends.size() < RANGES; ) {
            boolean first = fetch.ends.isEmpty() && !proven && range < Long.MAX_VALUE;
            long next = first ? Math.min(range, FIRST_RANGE_BYTES) : range;
            long end = next < piece.end() - from ? from + next : piece.end();
            configuration.add(request, from, end);
            fetch.ends.add(end);
            from = end;
        }
        String command =
                "set -- " + ShellWords.quote(work.checkpoint().temporary()) + " " + piece.written() + "\n" + SCRIPT;
        ExecutionResult result;
        Execution execution = connection.start(command, configuration.bytes(), SILENCE, OUTPUT_BYTES, fetch::line);
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
        synchronized (fetch) {
            return problem(fetch, result);
        }
    }

    private String problem(Fetch fetch, ExecutionResult result) throws JobException, RemoteException {
        String said = said(result).map(line -> ": " + line).orElse("");
        if (fetch.wrong || result.status() == TOO_LARGE) {
            throw JobException.permanent("the store sends the remote a different range than it asks for");
        }
        if (result.status() == WRITE_ERROR) {
            throw writeFailure(said);
        }
        int status = fetch.status;
        boolean fresh = System.nanoTime() - fetch.began < FRESH.toNanos();
        if (REFUSALS.contains(status) && fetch.reported == 0 && fresh && !reached) {
            refused = true;
            unreachable = true;
            return refusal(status);
        }
        reached |= status > 0;
        // A curl that ends well without a word is too old to be told where to say it.
        tooOld |= result.status() == 0 && status == 0;
        unreachable |= tooOld
                || UNREACHABLE.contains(result.status())
                || (result.status() == RECEIVE_ERROR && status == 0 && said.contains("CONNECT"));
        if (tooOld && !reached) {
            return TOO_OLD;
        }
        if (status == REPLACED) {
            throw JobException.temporary("the source was replaced while it was sent");
        }
        if (status == FORBIDDEN && (fetch.reported > 0 || !fresh)) {
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
        List<String> lines = result.errors()
                .lines()
                .filter(line -> !line.startsWith(CurlConfiguration.REPORT))
                .toList();
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
