package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The entries of an archive: a line of JSON for each member, in their order. */
final class ManifestEntries implements Iterator<String> {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu.MM.dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Archive archive;
    private final Iterator<ArchiveMember> members;
    private final String consoleUrl;
    private int position;

    /** @param members all of the archive, in their order */
    ManifestEntries(ManifestSettings settings, Archive archive, Iterator<ArchiveMember> members) {
        this.archive = archive;
        this.members = members;
        this.consoleUrl = settings.consoleUrl()
                .replace("{bucket}", encoded(archive.key().bucket()))
                .replace("{key}", encoded(archive.key().key()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The index for them: that of the day on which the archive was stored, so that it does not change. */
    static String index(ManifestSettings settings, Archive archive) {
        return settings.indexPrefix() + DAY.format(archive.created());
    }

    @Override
    public boolean hasNext() {
        return members.hasNext();
    }

    @Override
    public String next() {
        ArchiveMember member = members.next();
        Map<String, @Nullable Object> entry = ArchiveIndex.entry(archive.id(), archive.key(), archive.format(), member);
        // As exact as in the database, which an entry may be made from: it is the same whenever it is sent.
        entry.put("modified", member.modified().truncatedTo(ChronoUnit.MILLIS).toString());
        entry.put("@timestamp", archive.created().toString());
        entry.put("position", position++);
        entry.put("console_url", consoleUrl);
        return ArchiveJson.write(entry);
    }
}
