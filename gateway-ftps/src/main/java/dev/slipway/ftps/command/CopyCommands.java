package dev.slipway.ftps.command;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.ftps.control.Session;

/** Server-side copies of files: SITE CPFR and SITE CPTO, as in ProFTPD's mod_copy. */
final class CopyCommands {
    private CopyCommands() {}

    static void from(Session session, String path) throws VfsException {
        VirtualPath from = session.state().resolve(path);
        FileEntry entry = session.files().stat(from);
        if (entry.directory()) {
            throw new VfsException(Failure.IS_A_DIRECTORY, from, "Directories cannot be copied; copy file by file.");
        }
        session.state().setCopyFrom(from);
        session.reply(350, "Ready for SITE CPTO.");
    }

    static void to(Session session, String path) throws VfsException {
        VirtualPath from = session.state().takeCopyFrom();
        if (from == null) {
            session.reply(503, "SITE CPFR required first.");
            return;
        }
        FileEntry copy = session.files().copy(from, session.state().resolve(path), CreateMode.REPLACE);
        session.reply(250, "Copied " + copy.size() + " bytes.");
    }
}
