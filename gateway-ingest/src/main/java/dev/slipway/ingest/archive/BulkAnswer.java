package dev.slipway.ingest.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a server has made of a request of the bulk API. */
sealed interface BulkAnswer {
    /**
     * It has looked at each entry.
     *
     * @param refused those that it did not store
     */
    record Seen(List<Refusal> refused) implements BulkAnswer {}

    /** It has too much to do now. */
    record Busy(String reason) implements BulkAnswer {}

    /** The request has more bytes than the server, or a proxy before it, accepts. */
    record TooLarge(String reason) implements BulkAnswer {}

    /**
     * An entry that was not stored.
     *
     * @param position in the request, from 0
     * @param status as of HTTP
     * @param reason for people
     */
    record Refusal(int position, int status, String reason) {
        /** Whether the server may take it later. */
        boolean isTemporary() {
            return status == TOO_MANY_REQUESTS || status >= SERVER_ERROR;
        }
    }

    int TOO_MANY_REQUESTS = 429;
    int SERVER_ERROR = 500;

    /** In characters. */
    int LONGEST_REASON = 500;

    /**
     * Reads the body of an answer with the status 200. That status says nothing about the entries: each has its own.
     *
     * @param entries how many were sent
     * @throws IOException it says less about them than it should; the message is for people
     */
    static BulkAnswer read(String json, int entries) throws IOException {
        Map<?, ?> answer;
        try {
            answer = ArchiveJson.read(json, Map.class);
        } catch (IllegalArgumentException e) {
            throw new IOException("the answer is not JSON", e);
        }
        List<?> items = answer.get("items") instanceof List<?> list ? list : List.of();
        if (items.size() != entries) {
            throw new IOException("the answer is about " + items.size() + " of " + entries + " entries");
        }
        List<Refusal> refused = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Refusal refusal = refusal(i, items.get(i));
            if (refusal != null) {
                refused.add(refusal);
            }
        }
        return new Seen(refused);
    }

    private static @Nullable Refusal refusal(int position, @Nullable Object item) throws IOException {
        // {"index": {"status": 400, "error": {"type": "…", "reason": "…"}}}
        Object result = item instanceof Map<?, ?> map && map.size() == 1
                ? map.values().iterator().next()
                : null;
        if (!(result instanceof Map<?, ?> fields) || !(fields.get("status") instanceof Number number)) {
            throw new IOException("the answer has an entry without a status");
        }
        int status = number.intValue();
        if (status >= 200 && status <= 299) {
            return null;
        }
        String error =
                fields.get("error") instanceof Map<?, ?> map ? ", " + map.get("type") + ": " + map.get("reason") : "";
        return new Refusal(position, status, plain("status " + status + error));
    }

    /** A text of a server without control characters, and of bounded length. */
    static String plain(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON);
    }
}
