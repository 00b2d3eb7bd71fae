package dev.slipway.admin.management;

import dev.slipway.core.event.Client;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the sessions of one account do now, and have done lately. Thread-safe; nothing blocks. */
public final class OwnActivity {
    private final Activity activity;
    private final String account;

    OwnActivity(Activity activity, String account) {
        this.activity = activity;
        this.account = account;
    }

    /** The transfers in progress, the oldest first. */
    public List<Activity.Moving> transfers() {
        return activity.transfers().stream()
                .filter(moving -> isOwn(moving.transfer().client()))
                .toList();
    }

    /** Transfers that were completed lately, the newest first. */
    public List<Activity.Ended> completed() {
        return own(activity.completed(Integer.MAX_VALUE));
    }

    /** What failed lately, the newest first. */
    public List<Activity.Ended> failures() {
        return own(activity.failures(Integer.MAX_VALUE));
    }

    private List<Activity.Ended> own(List<Activity.Ended> all) {
        return all.stream().filter(ended -> isOwn(ended.client())).toList();
    }

    private boolean isOwn(@Nullable Client client) {
        return client != null && client.account().equals(account);
    }
}
