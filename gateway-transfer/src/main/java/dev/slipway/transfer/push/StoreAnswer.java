package dev.slipway.transfer.push;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What comes of a test request of a remote to the store. */
sealed interface StoreAnswer {
    /**
     * The store has answered.
     *
     * @param status the HTTP status
     * @param code the store's error code and message; empty if there is none
     */
    record Reached(int status, String code) implements StoreAnswer {
        /** For people. */
        String describe() {
            if (status == 404 && !code.startsWith("NoSuchBucket")) {
                return "no object there (404), as expected";
            }
            return "it answers HTTP " + status + (code.isEmpty() ? "" : " " + code);
        }
    }

    /**
     * The store was not reached.
     *
     * @param reason why, for people
     */
    record NotReached(String reason) implements StoreAnswer {}

    /**
     * The error code and message in an answer (<a
     * href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">S3, error responses</a>), if there is one.
     */
    static Optional<String> code(String answer) {
        Matcher code = Fields.CODE.matcher(answer);
        if (!code.find()) {
            return Optional.empty();
        }
        Matcher message = Fields.MESSAGE.matcher(answer);
        return Optional.of(code.group(1) + (message.find() ? " (" + message.group(1) + ")" : ""));
    }

    /** The elements of an error. */
    final class Fields {
        private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z0-9.]{1,100})</Code>");
        private static final Pattern MESSAGE = Pattern.compile("<Message>([^<\\p{Cntrl}]{1,300})</Message>");

        private Fields() {}
    }
}
