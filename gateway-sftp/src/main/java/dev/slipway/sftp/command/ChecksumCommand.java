package dev.slipway.sftp.command;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.scp.ScpArguments;
import java.util.List;
import java.util.Map;

/**
 * A program that clients such as rclone run to get a checksum: {@code md5sum} and the like. Clients write the command
 * line for a shell, so shell quotes are understood, but no other shell syntax.
 *
 * @param files the paths, or {@code -} for the input; at least one
 */
public record ChecksumCommand(DigestAlgorithm algorithm, List<String> files) {
    /** The name of standard input. */
    static final String INPUT = "-";

    private static final Map<String, DigestAlgorithm> PROGRAMS = Map.of(
            "md5sum", DigestAlgorithm.MD5,
            "sha1sum", DigestAlgorithm.SHA1,
            "sha256sum", DigestAlgorithm.SHA256,
            "sha512sum", DigestAlgorithm.SHA512,
            "crc32", DigestAlgorithm.CRC32);

    /** Options for reading modes, which make no difference here. */
    private static final List<String> MODES = List.of("-b", "--binary", "-t", "--text");

    /** Characters with a meaning in a shell, outside of quotes. */
    private static final String SHELL = ";|&<>()$`\n";

    /** Whether a command line starts one of these programs. */
    public static boolean isOne(String commandLine) {
        String[] words = commandLine.strip().split("\\s", 2);
        return PROGRAMS.containsKey(words[0].substring(words[0].lastIndexOf('/') + 1));
    }

    /**
     * Parses the command line.
     *
     * @throws RequestException for any other command
     */
    public static ChecksumCommand parse(String commandLine) throws RequestException {
        List<String> words = ScpArguments.split(withoutLineEnds(commandLine), SHELL).stream()
                .map(ScpArguments.Word::text)
                .toList();
        String program = words.isEmpty() ? "" : words.getFirst();
        DigestAlgorithm algorithm = PROGRAMS.get(program.substring(program.lastIndexOf('/') + 1));
        if (algorithm == null) {
            throw new RequestException(
                    Status.OP_UNSUPPORTED,
                    "No shell access, and no command '" + printable(program)
                            + "'; available: scp, md5sum, sha1sum, sha256sum, sha512sum and crc32. Use SFTP for files.");
        }
        int next = 1;
        while (next < words.size() && MODES.contains(words.get(next))) {
            next++;
        }
        if (next < words.size() && words.get(next).equals("--")) {
            next++;
        } else if (next < words.size()
                && words.get(next).startsWith("-")
                && !words.get(next).equals(INPUT)) {
            throw new RequestException(Status.OP_UNSUPPORTED, "unknown option " + printable(words.get(next)));
        }
        List<String> files = words.subList(next, words.size());
        return new ChecksumCommand(algorithm, files.isEmpty() ? List.of(INPUT) : List.copyOf(files));
    }

    /** A trailing blank may belong to a quoted name. */
    private static String withoutLineEnds(String commandLine) {
        return commandLine.replaceAll("\\A[\r\n]+|[\r\n]+\\z", "");
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
