package dev.slipway.ftps.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailureReplyTest {
    private static final Map<Failure, Integer> CODES = Map.ofEntries(
            Map.entry(Failure.NOT_FOUND, 550),
            Map.entry(Failure.PERMISSION_DENIED, 550),
            Map.entry(Failure.ALREADY_EXISTS, 550),
            Map.entry(Failure.DIRECTORY_NOT_EMPTY, 550),
            Map.entry(Failure.NOT_A_DIRECTORY, 550),
            Map.entry(Failure.IS_A_DIRECTORY, 550),
            Map.entry(Failure.ARCHIVED, 550),
            Map.entry(Failure.NAME_INVALID, 553),
            Map.entry(Failure.UNSUPPORTED, 504),
            Map.entry(Failure.QUOTA_EXCEEDED, 552),
            Map.entry(Failure.TOO_LARGE, 552),
            Map.entry(Failure.BUSY, 450),
            Map.entry(Failure.CONFLICT, 450),
            Map.entry(Failure.UNAVAILABLE, 451),
            Map.entry(Failure.INTEGRITY, 451),
            Map.entry(Failure.INTERNAL, 451),
            Map.entry(Failure.ABORTED, 426));

    @ParameterizedTest
    @EnumSource
    void failuresHaveTheirCodesAndTheirMessages(Failure failure) {
        Reply reply = FailureReply.of(new VfsException(failure, VirtualPath.ROOT, "What to do about it."));
        assertThat(reply.toString()).isEqualTo(CODES.get(failure) + " What to do about it.\r\n");
    }

    @Test
    void namesInMessagesCannotForgeReplies() {
        Reply reply = FailureReply.of(
                new VfsException(Failure.NOT_FOUND, VirtualPath.ROOT, "No file\r\n226 Stored.\r\nis here\0."));
        assertThat(reply.toString()).isEqualTo("550 No file??226 Stored.??is here?.\r\n");
    }
}
