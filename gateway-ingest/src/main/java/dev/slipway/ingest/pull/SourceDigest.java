package dev.slipway.ingest.pull;

import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.ShellWords;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/** Has the remote compute the SHA-256 of its files, if it can. */
final class SourceDigest {
    /** For a large file, of which a remote says nothing until it is done. */
    private static final Duration LIMIT = Duration.ofHours(6);

    private static final int OUTPUT_BYTES = 4 << 10;

    private final RemoteConnection connection;
    private final Optional<String> tool;

    SourceDigest(RemoteConnection connection, Capabilities capabilities, PullSettings.Verification verify) {
        this.connection = connection;
        this.tool = verify == PullSettings.Verification.SIZE ? Optional.empty() : tool(capabilities);
    }

    private static Optional<String> tool(Capabilities capabilities) {
        if (!capabilities.shell()) {
            return Optional.empty();
        } else if (capabilities.tools().contains("sha256sum")) {
            return Optional.of("sha256sum");
        }
        return capabilities.tools().contains("shasum") ? Optional.of("shasum -a 256") : Optional.empty();
    }

    /** A digest of nothing yet, of the kind that is compared. */
    static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /**
     * Whether a file has a digest from an offset to its end. Blocks while the remote reads it.
     *
     * @return true also if the remote computes none
     */
    boolean matches(String path, long offset, MessageDigest digest) throws RemoteException {
        if (tool.isEmpty()) {
            return true;
        }
        String file = ShellWords.quote(path);
        String command = offset == 0
                ? tool.get() + " < " + file
                : "tail -c +" + (offset + 1) + " < " + file + " | " + tool.get();
        ExecutionResult result = connection.run(command, new byte[0], LIMIT, OUTPUT_BYTES);
        if (!result.succeeded()) {
            throw new RemoteException(
                    RemoteFailure.FAILED,
                    tool.get() + " on the remote failed: " + result.errors().strip());
        }
        String said = result.output().strip().split("\\s", 2)[0];
        return said.equalsIgnoreCase(HexFormat.of().formatHex(digest.digest()));
    }
}
