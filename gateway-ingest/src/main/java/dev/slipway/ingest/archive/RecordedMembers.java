package dev.slipway.ingest.archive;

import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.state.ArchiveTable;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.UUID;

/** The members of an archive as the state database has them, in their order, read page by page. */
final class RecordedMembers implements Iterator<ArchiveMember> {
    private static final int PAGE = 500;

    private final ArchiveTable table;
    private final UUID archive;
    private Iterator<ArchivedObject> page = Collections.emptyIterator();
    private int last = -1;

    RecordedMembers(ArchiveTable table, UUID archive) {
        this.table = table;
        this.archive = archive;
    }

    @Override
    public boolean hasNext() {
        if (!page.hasNext()) {
            page = table.members(archive, last, PAGE).iterator();
        }
        return page.hasNext();
    }

    @Override
    public ArchiveMember next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ArchivedObject object = page.next();
        last = object.position();
        return object.member();
    }
}
