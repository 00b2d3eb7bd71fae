package dev.slipway.ftps.control;

import java.util.List;
import org.apache.ftpserver.ftplet.FtpReply;

/**
 * One reply on the control connection (RFC 959 section 4.2). Replies are written whole: a first line with a code
 * commits to that code, so nothing is sent before the outcome is known.
 *
 * @param code the three digits
 * @param lines at least one; with several, those between the first and the last are sent as they are and must therefore
 *     not start with a digit
 */
public record Reply(int code, List<String> lines) implements FtpReply {
    public Reply {
        if (code < 100 || code > 599 || lines.isEmpty()) {
            throw new IllegalArgumentException("not a reply: " + code + " " + lines);
        }
        lines = lines.stream().map(Reply::singleLine).toList();
    }

    public Reply(int code, String text) {
        this(code, List.of(text));
    }

    /** A name with line ends would end the reply and forge another one. */
    private static String singleLine(String text) {
        return text.replace('\r', '?').replace('\n', '?').replace('\0', '?');
    }

    /** Whether another reply to the same command follows. */
    boolean isPreliminary() {
        return code < 200;
    }

    @Override
    public int getCode() {
        return code;
    }

    @Override
    public String getMessage() {
        return String.join("\n", lines);
    }

    @Override
    public long getSentTime() {
        return 0;
    }

    @Override
    public boolean isPositive() {
        return code < 400;
    }

    /** The reply as it is sent. */
    @Override
    public String toString() {
        if (lines.size() == 1) {
            return code + " " + lines.getFirst() + "\r\n";
        }
        StringBuilder text = new StringBuilder();
        text.append(code).append('-').append(lines.getFirst()).append("\r\n");
        for (String line : lines.subList(1, lines.size() - 1)) {
            text.append(line).append("\r\n");
        }
        return text.append(code)
                .append(' ')
                .append(lines.getLast())
                .append("\r\n")
                .toString();
    }
}
