package dev.slipway.ingest.scan;

import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How clamd scans files, and which uploads it scans before their files appear. */
public record ScanSettings(
        @Setting("Where clamd listens: the path of its socket, such as `/run/clamav/clamd.ctl`, or `HOST:PORT`. Without"
                + " it, nothing is scanned. All bytes go there, without encryption.")
        @Nullable
        String clamd,

        @Setting(
                value = "Whether uploads are scanned before their files appear. With `false`, only the step `scan` of"
                        + " rules scans files.",
                byDefault = "true")
        boolean uploads,

        @Setting("Accounts whose uploads are scanned; those of a pull, watch or rule are `pull:NAME`, `watch:NAME` and"
                + " `rule:NAME`. Without any, all.")
        Set<String> accounts,

        @Setting("Patterns of paths that are scanned, as the account sees them: `*` and `?` within a segment, `**`"
                + " across segments. Without any, all.")
        List<String> paths,

        @Setting("Which files are scanned, by the way they come in, any of: `ftps`, `sftp` (also SCP), `http`, `pull`,"
                + " `watch`, `rule` (what rules make of files). Without any, all of these. Archives are not scanned: their"
                + " members are in the store already.")
        Set<Origin> origins,

        @Setting(
                value =
                        "How many files are scanned at once; each takes a connection to clamd from the first byte of its"
                                + " upload to the last. One account uses at most half of them. Further uploads wait as they do"
                                + " for memory (`memory.admissionWait`).",
                byDefault = "50",
                least = 1,
                most = 1000)
        int connections,

        @Setting(
                value = "How long clamd may take for its verdict once it has all bytes, or to take some of them."
                        + " After that, it counts as unavailable.",
                byDefault = "2m",
                shortest = "1s")
        Duration timeout,

        @Setting(
                value = "What becomes of a file that clamd does not take because it is larger than clamd's"
                        + " `StreamMaxLength`: `refuse` or `allow`.",
                byDefault = "refuse")
        NotScanned tooLarge,

        @Setting(
                value = "What becomes of a file if clamd cannot be reached, or fails: `refuse` (the upload fails; the"
                        + " client may try again later) or `allow`.",
                byDefault = "refuse")
        NotScanned unavailable)
        implements CheckedSettings {
    public ScanSettings {
        accounts = Set.copyOf(accounts);
        paths = List.copyOf(paths);
        origins = Set.copyOf(origins);
    }

    /** Whether anything is scanned. */
    public boolean isOn() {
        return clamd != null;
    }

    @Override
    public void check(Problems problems) {
        if (origins.contains(Origin.ARCHIVE)) {
            problems.add("origins", "archive", "cannot be archive: the members of archives are in the store already");
        }
        if (origins.contains(Origin.RETENTION)) {
            problems.add("origins", "retention", "cannot be retention: it stores no files");
        }
        if (clamd == null) {
            if (!accounts.isEmpty() || !paths.isEmpty() || !origins.isEmpty()) {
                problems.add("clamd", null, "is required, since accounts, paths or origins to scan are set");
            }
            return;
        }
        if (!uploads && (!accounts.isEmpty() || !paths.isEmpty() || !origins.isEmpty())) {
            problems.add("uploads", false, "must be true, since accounts, paths or origins of uploads to scan are set");
        }
        try {
            ClamdAddress _ = ClamdAddress.parse(clamd);
        } catch (IllegalArgumentException _) {
            problems.add("clamd", clamd, "must be the absolute path of a socket, or HOST:PORT");
        }
        for (int i = 0; i < paths.size(); i++) {
            if (!paths.get(i).startsWith("/") && !paths.get(i).startsWith("*")) {
                problems.add(
                        "paths[" + i + "]", paths.get(i), "must begin with / or *: it is compared with whole paths");
            }
        }
    }
}
