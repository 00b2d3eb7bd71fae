package dev.slipway.app.log;

import ch.qos.logback.core.rolling.RollingFileAppender;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Writes lines to a file that only its owner and group can read, also after daily rotation. An existing file keeps its
 * mode, and a umask may remove more permissions.
 */
final class AuditFileAppender<E> extends RollingFileAppender<E> {
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    @Override
    public void openFile(String name) throws IOException {
        Path file = Path.of(name);
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Path _ = Files.createDirectories(folder);
            }
            try {
                Path _ = Files.createFile(file, MODE);
            } catch (FileAlreadyExistsException e) {
                // Lines are added to it.
            }
        }
        super.openFile(name);
    }
}
