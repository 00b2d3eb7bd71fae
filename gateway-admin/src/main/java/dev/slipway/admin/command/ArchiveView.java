package dev.slipway.admin.command;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.ingest.archive.ArchiveSettings;
import dev.slipway.ingest.archive.ArchiveTask;
import dev.slipway.ingest.archive.WaitingManifest;
import dev.slipway.transfer.json.JsonWords;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Archives as the commands and the API show them. */
public final class ArchiveView {
    private ArchiveView() {}

    static String tasks(List<ArchiveTask> tasks) {
        Table table = new Table("NAME", "NEXT RUN", "FORMAT", "SOURCE", "TARGET");
        tasks.forEach(task -> table.add(
                task.settings().name(),
                task.next() == null ? "on demand" : Table.time(task.next()),
                JsonWords.of(task.settings().format()),
                task.source(),
                task.target()));
        return table.toString();
    }

    static String archives(List<Archive> archives) {
        Table table = new Table("ID", "TASK", "CREATED", "MEMBERS", "BYTES", "OBJECT");
        archives.forEach(archive -> table.add(
                archive.id().toString(),
                archive.name(),
                Table.time(archive.created()),
                Long.toString(archive.members()),
                Long.toString(archive.bytes()),
                object(archive)));
        return table.toString();
    }

    private static String object(Archive archive) {
        return archive.key().bucket() + ":" + archive.key().key();
    }

    static String members(List<ArchivedObject> members) {
        Table table = new Table("SIZE", "MODIFIED", "ARCHIVE", "KEY");
        members.forEach(member -> table.add(
                Long.toString(member.member().size()),
                Table.time(member.member().modified()),
                member.archive().id().toString(),
                member.key().bucket() + ":" + member.key().key()));
        return table.toString();
    }

    static String manifests(List<WaitingManifest> manifests) {
        Table table = new Table("ARCHIVE", "SINCE", "WHERE", "PROBLEM");
        manifests.forEach(manifest -> table.add(
                manifest.archive().toString(),
                Table.time(manifest.since()),
                manifest.object() == null
                        ? "database"
                        : manifest.object().bucket() + ":" + manifest.object().key(),
                manifest.problem()));
        return table.toString();
    }

    /** A task as JSON, as {@code openapi.json} describes it. */
    public static Map<String, @Nullable Object> json(ArchiveTask task) {
        ArchiveSettings settings = task.settings();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", settings.name());
        json.put("source", task.source());
        json.put("target", task.target());
        json.put("format", JsonWords.of(settings.format()));
        json.put("maxBytes", settings.maxSize().bytes());
        json.put("maxFiles", settings.maxFiles());
        json.put("originals", JsonWords.of(settings.originals()));
        json.put("schedule", settings.schedule());
        json.put("timeZone", settings.timeZone());
        json.put("next", task.next());
        return json;
    }

    /** Likewise an archive. */
    public static Map<String, @Nullable Object> json(Archive archive) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", archive.id().toString());
        json.put("task", archive.name());
        json.put("bucket", archive.key().bucket());
        json.put("key", archive.key().key());
        json.put("etag", archive.etag());
        json.put("format", archive.format() == Archive.Format.TAR ? "tar" : "tar-zst");
        json.put("members", archive.members());
        json.put("bytes", archive.bytes());
        json.put("created", archive.created());
        return json;
    }

    /** Likewise a manifest that waits. */
    public static Map<String, @Nullable Object> json(WaitingManifest manifest) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("archive", manifest.archive().toString());
        json.put("since", manifest.since());
        json.put("problem", manifest.problem());
        json.put("bucket", manifest.object() == null ? null : manifest.object().bucket());
        json.put("key", manifest.object() == null ? null : manifest.object().key());
        return json;
    }

    /** Likewise a member. */
    public static Map<String, @Nullable Object> json(ArchivedObject object) {
        ArchiveMember member = object.member();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("archive", object.archive().id().toString());
        json.put("position", object.position());
        json.put("bucket", member.key().bucket());
        json.put("key", member.key().key());
        json.put("size", member.size());
        json.put("modified", member.modified());
        json.put("sha256", member.sha256());
        json.put("offset", member.offset());
        json.put("length", member.length());
        json.put("contentOffset", member.contentOffset());
        return json;
    }
}
