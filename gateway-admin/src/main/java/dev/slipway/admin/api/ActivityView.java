package dev.slipway.admin.api;

import dev.slipway.admin.management.Activity;
import dev.slipway.core.event.Client;
import dev.slipway.core.vfs.ActiveTransfers;
import dev.slipway.transfer.json.JsonWords;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the gateway does, as JSON, as {@code openapi.json} describes it. */
final class ActivityView {
    /** The most transfers of an overview; a client that needs all asks for the list. */
    private static final int MOST_TRANSFERS = 100;

    private static final int MOST_FAILURES = 10;

    private ActivityView() {}

    /** Blocks for the database. */
    static Map<String, @Nullable Object> overview(Activity activity) {
        List<Activity.Moving> transfers = activity.transfers();
        Activity.Sample now = activity.now();
        Map<String, Long> jobs = new LinkedHashMap<>();
        activity.jobs().forEach((state, count) -> jobs.put(JsonWords.of(state), count));
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("at", now.at());
        json.put("since", activity.since());
        json.put("problems", activity.notReady());
        json.put("bytesIn", now.in());
        json.put("bytesOut", now.out());
        json.put("sessions", activity.sessions());
        json.put("jobs", jobs);
        json.put("memory", activity.memory().stream().map(ActivityView::json).toList());
        json.put("transferCount", transfers.size());
        json.put(
                "transfers",
                transfers.stream().limit(MOST_TRANSFERS).map(ActivityView::json).toList());
        json.put(
                "failures",
                activity.failures(MOST_FAILURES).stream()
                        .map(ActivityView::json)
                        .toList());
        return json;
    }

    static Map<String, @Nullable Object> json(Activity.Sample sample) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("at", sample.at());
        json.put("bytesIn", sample.in());
        json.put("bytesOut", sample.out());
        return json;
    }

    private static Map<String, @Nullable Object> json(Activity.Memory memory) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("pool", memory.pool());
        json.put("budget", memory.budget());
        json.put("reserved", memory.reserved());
        json.put("used", memory.used());
        json.put("transfers", memory.transfers());
        json.put("waiting", memory.waiting());
        return json;
    }

    static Map<String, @Nullable Object> json(Activity.Moving moving) {
        ActiveTransfers.Transfer transfer = moving.transfer();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", transfer.id());
        json.put("operation", JsonWords.of(transfer.operation()));
        json.put("path", transfer.path().toString());
        json.put("begun", transfer.begun());
        json.put("bytes", transfer.bytes());
        json.put("total", transfer.total() == ActiveTransfers.UNKNOWN ? null : (Long) transfer.total());
        json.put("bytesPerSecond", moving.rate() < 0 ? null : (Long) moving.rate());
        json.putAll(json(transfer.client()));
        return json;
    }

    static Map<String, @Nullable Object> json(Activity.Ended ended) {
        Client client = ended.client();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("at", ended.at());
        json.put("operation", ended.kind());
        json.put("job", ended.job());
        json.put("path", ended.subject());
        json.put("bytes", ended.bytes());
        json.put(
                "milliseconds",
                ended.took().isNegative() ? null : (Long) ended.took().toMillis());
        json.put("failure", ended.failure().isEmpty() ? null : ended.failure());
        json.put("message", ended.message());
        json.putAll(json(client));
        return json;
    }

    private static Map<String, @Nullable Object> json(@Nullable Client client) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("session", client == null ? null : client.session());
        json.put("origin", client == null ? null : JsonWords.of(client.origin()));
        json.put("address", client == null ? null : client.address().getHostAddress());
        json.put("account", client == null ? null : client.account());
        return json;
    }
}
