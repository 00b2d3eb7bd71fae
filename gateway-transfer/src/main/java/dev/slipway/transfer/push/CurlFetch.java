package dev.slipway.transfer.push;

import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.push.Checkpoint.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one command of a remote fetches of a piece, and what is known of it from the lines that curl and the shell around it
 * print. Safe for use by several threads.
 */
abstract sealed class CurlFetch {
    /** curl's own exit code if it cannot write. */
    static final int WRITE_ERROR = 23;

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;

    /** How far the file is written from the beginning of the piece on. */
    private static final Pattern POSITION = Pattern.compile("slipway-at ([0-9]{1,18})");

    private final PushWork work;
    private final int index;
    private final CurlConfiguration configuration;
    final long start;
    int status;
    boolean wrong;

    private CurlFetch(PushWork work, int index, CurlConfiguration configuration) {
        this.work = work;
        this.index = index;
        this.configuration = configuration;
        this.start = work.piece(index).written();
    }

    /**
     * The next fetch of a piece.
     *
     * @param ranges what is known of earlier ones
     * @param reporting whether curl fetches several ranges one after the other and reports each, as since 7.63
     */
    static CurlFetch of(PushWork work, int index, CurlRanges ranges, PresignedRequest request, boolean reporting) {
        return reporting ? new Several(work, index, ranges, request) : new One(work, index, ranges, request);
    }

    /** For curl's standard input. */
    byte[] configuration() {
        return configuration.bytes();
    }

    /** Where in the file it begins. */
    long start() {
        return start;
    }

    /**
     * Processes a line of output.
     *
     * @return whether it is for people
     */
    final synchronized boolean line(String line) {
        String plain = line.strip();
        Matcher position = POSITION.matcher(plain);
        if (!position.matches()) {
            return !isAnswer(plain);
        }
        if (!wrong) {
            written(Long.parseLong(position.group(1)));
        }
        return false;
    }

    /** The HTTP status of the last answer; 0 if there is none. */
    synchronized int status() {
        return status;
    }

    /** Whether the answer was not what was asked for. */
    synchronized boolean isWrong() {
        return wrong;
    }

    /** Whether all is in the file; counts it if so. */
    abstract boolean isComplete(int exitStatus);

    /** Whether the remote has got a range that it has asked for. */
    abstract boolean hasRange();

    /** curl has ended, and not everything is in the file. */
    abstract void broken(int exitStatus);

    /** Whether a line says something about the answer; processes it. */
    abstract boolean isAnswer(String line);

    /** The file is written up to an offset. */
    abstract void written(long offset);

    final void advance(long offset) {
        if (offset > work.piece(index).written()) {
            work.written(index, offset, null);
        }
    }

    /** Whether a status stands for the bytes that were asked for. */
    final boolean isRange(int answer, long begin, long end) {
        return answer == PARTIAL_CONTENT
                || (answer == OK && begin == 0 && end == work.version().size());
    }

    /** Several ranges, each of which curl reports: {@code %{stderr}} since 7.63, {@code fail-early} since 7.52. */
    private static final class Several extends CurlFetch {
        /** The most ranges of one command: a presigned URL does not live for ever. */
        private static final int MOST = 64;

        /** What curl may have counted and not yet written when a connection breaks: its buffers are smaller. */
        private static final long UNWRITTEN_BYTES = 256L << 10;

        private static final Pattern REPORT =
                Pattern.compile(Pattern.quote(CurlConfiguration.REPORT) + "([0-9]{3}) ([0-9]{1,18})");

        private final CurlRanges ranges;
        private final List<Long> ends;
        private int reported;

        /** A range was short: whatever curl fetched after it went to the wrong place. */
        private boolean shortened;

        /** The bytes of that range. */
        private long shortBytes;

        Several(PushWork work, int index, CurlRanges ranges, PresignedRequest request) {
            this(work, index, ranges, request, ends(work, index, ranges));
        }

        private Several(PushWork work, int index, CurlRanges ranges, PresignedRequest request, List<Long> ends) {
            super(work, index, configuration(work.piece(index).written(), ends, request));
            this.ranges = ranges;
            this.ends = ends;
        }

        private static List<Long> ends(PushWork work, int index, CurlRanges ranges) {
            Piece piece = work.piece(index);
            // Without an ETag, two ranges may belong to two versions.
            boolean whole = work.version().etag().isEmpty();
            List<Long> ends = new ArrayList<>();
            for (long from = piece.written(); from < piece.end() && ends.size() < MOST; from = ends.getLast()) {
                long next = whole ? Long.MAX_VALUE : ranges.next(piece, ends.isEmpty());
                ends.add(next < piece.end() - from ? from + next : piece.end());
            }
            return ends;
        }

        private static CurlConfiguration configuration(long start, List<Long> ends, PresignedRequest request) {
            CurlConfiguration configuration = CurlConfiguration.ofRanges();
            long from = start;
            for (long end : ends) {
                configuration.add(request, from, end);
                from = end;
            }
            return configuration;
        }

        /**
         * curl says how a range has ended. It counts bytes before it writes them, and has written them when it starts the
         * next range or ends successfully: only then is a range known to be in the file.
         */
        @Override
        boolean isAnswer(String line) {
            Matcher report = REPORT.matcher(line);
            if (!report.matches()) {
                return false;
            }
            if (reported == ends.size() || wrong || shortened) {
                return true;
            }
            arrived();
            status = Integer.parseInt(report.group(1));
            long bytes = Long.parseLong(report.group(2));
            long wanted = ends.get(reported) - begin();
            if (bytes > wanted || (bytes > 0 && !isRange(status, begin(), ends.get(reported)))) {
                wrong = true;
            } else if (bytes < wanted) {
                shortened = true;
                shortBytes = bytes;
            } else {
                reported++;
                if (status == PARTIAL_CONTENT) {
                    ranges.proven();
                }
            }
            return true;
        }

        /**
         * curl has said before it if ranges were complete. Of the range after these, the beginning counts if it is known to be
         * what was asked for.
         */
        @Override
        void written(long offset) {
            if (!shortened && !ranges.areProven()) {
                return;
            }
            long end = shortened ? begin() + shortBytes : reported < ends.size() ? ends.get(reported) : begin();
            if (offset > begin()) {
                advance(Math.min(offset, end));
            }
        }

        /** Where the first range begins that curl has not reported. */
        private long begin() {
            return reported == 0 ? start : ends.get(reported - 1);
        }

        /** The ranges that were reported are in the file. */
        private void arrived() {
            if (reported > 0) {
                advance(ends.get(reported - 1));
            }
        }

        @Override
        synchronized boolean isComplete(int exitStatus) {
            if (exitStatus != 0 || wrong || shortened || reported < ends.size()) {
                return false;
            }
            arrived();
            return true;
        }

        @Override
        synchronized boolean hasRange() {
            return reported > 0;
        }

        @Override
        synchronized void broken(int exitStatus) {
            if (!shortened || shortBytes == 0) {
                return;
            }
            ranges.broken(ends.get(reported) - begin());
            if (exitStatus != WRITE_ERROR && shortBytes > UNWRITTEN_BYTES) {
                advance(begin() + shortBytes - UNWRITTEN_BYTES);
            }
        }
    }

    /**
     * All of the rest, for a curl that cannot say what it has done without mixing that with the file. It writes the response
     * headers to a pipe, and the system says how far the file is.
     */
    private static final class One extends CurlFetch {
        private static final Pattern STATUS = Pattern.compile("slipway-head HTTP/[0-9.]+ ([0-9]{3})\\b.*");
        private static final Pattern RANGE =
                Pattern.compile("slipway-head content-range: *bytes ([0-9]{1,18})-.*", Pattern.CASE_INSENSITIVE);

        private final long end;
        private final CurlRanges ranges;
        private boolean right;
        private long position;

        One(PushWork work, int index, CurlRanges ranges, PresignedRequest request) {
            super(
                    work,
                    index,
                    CurlConfiguration.ofOneRange(
                            request,
                            work.piece(index).written(),
                            work.piece(index).end()));
            this.ranges = ranges;
            this.end = work.piece(index).end();
            this.position = start;
        }

        @Override
        boolean isAnswer(String line) {
            Matcher answer = STATUS.matcher(line);
            Matcher range = RANGE.matcher(line);
            if (answer.matches()) {
                status = Integer.parseInt(answer.group(1));
                right = status == OK && isRange(status, start, end);
            } else if (range.matches() && status == PARTIAL_CONTENT) {
                right = Long.parseLong(range.group(1)) == start;
                wrong |= !right;
                if (right) {
                    ranges.proven();
                }
            }
            return line.startsWith("slipway-head ");
        }

        /** The response headers come another way, and may be known a moment later. */
        @Override
        void written(long offset) {
            position = offset;
            wrong |= offset > end;
            arrived();
        }

        private void arrived() {
            if (right && !wrong) {
                advance(position);
            }
        }

        /** Everything that the command says has come. */
        @Override
        synchronized boolean isComplete(int exitStatus) {
            wrong |= position > start && status == OK && !right;
            arrived();
            return exitStatus == 0 && right && !wrong && position == end;
        }

        @Override
        synchronized boolean hasRange() {
            return right && position > start;
        }

        /** A proxy that has opened a tunnel has answered with 200 as well; the store has not until bytes arrive. */
        @Override
        synchronized int status() {
            return status == OK && position == start ? 0 : status;
        }

        @Override
        void broken(int exitStatus) {
            // What has arrived is counted by then.
        }
    }
}
