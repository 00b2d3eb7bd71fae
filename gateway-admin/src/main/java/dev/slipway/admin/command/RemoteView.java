package dev.slipway.admin.command;

import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.remote.Authentication;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the commands show a remote: everything except its secrets. */
final class RemoteView {
    private RemoteView() {}

    static String source(boolean configured) {
        return configured ? "configuration" : "database";
    }

    static String text(Remote remote, boolean configured) {
        List<String> lines = new ArrayList<>();
        line(lines, "name", remote.name());
        line(lines, "source", source(configured));
        line(lines, "host", remote.host() + " port " + remote.port());
        line(lines, "user", remote.user());
        line(lines, "proof", JsonWords.of(Authentication.of(remote.credentials())));
        remote.hostKeys().forEach(key -> line(lines, "host key", key));
        line(
                lines,
                "folders",
                remote.folders().isEmpty() ? "any (administrators only)" : String.join(" ", remote.folders()));
        line(lines, "dot-files", remote.dotFiles() ? "allowed" : "refused");
        if (remote.legacyAlgorithms()) {
            line(lines, "algorithms", "old ones, too");
        }
        line(lines, "mode", JsonWords.of(remote.mode()));
        line(lines, "jobs", "at most " + remote.maxJobs());
        line(lines, "channels", "at most " + remote.maxChannels());
        line(
                lines,
                "free space",
                remote.freeSpacePercentage().isEmpty()
                        ? "default"
                        : "more than " + remote.freeSpacePercentage().getAsInt() + "%");
        if (!remote.fileSystem().isEmpty()) {
            line(lines, "file system", remote.fileSystem());
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static void line(List<String> lines, String label, String value) {
        lines.add(String.format("%-12s %s", label, PlainText.line(value)));
    }

    static Map<String, @Nullable Object> json(Remote remote, boolean configured) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", remote.name());
        json.put("source", source(configured));
        json.put("host", remote.host());
        json.put("port", remote.port());
        json.put("user", remote.user());
        json.put("proof", JsonWords.of(Authentication.of(remote.credentials())));
        json.put("hostKeys", remote.hostKeys());
        json.put("folders", remote.folders());
        json.put("mode", JsonWords.of(remote.mode()));
        json.put("maxJobs", remote.maxJobs());
        json.put("maxChannels", remote.maxChannels());
        json.put("freeSpacePercentage", RemoteDefinition.of(remote).freeSpacePercentage());
        json.put("fileSystem", remote.fileSystem());
        json.put("dotFiles", remote.dotFiles());
        json.put("legacyAlgorithms", remote.legacyAlgorithms());
        return json;
    }
}
