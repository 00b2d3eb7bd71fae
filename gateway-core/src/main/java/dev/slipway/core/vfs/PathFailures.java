package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;

/** The failures that more than one operation has, in the client's words. */
final class PathFailures {
    private PathFailures() {}

    static VfsException notFound(VirtualPath path) {
        return new VfsException(Failure.NOT_FOUND, path, "No such file or directory.");
    }

    static VfsException alreadyExists(VirtualPath path) {
        return new VfsException(Failure.ALREADY_EXISTS, path, "It already exists.");
    }

    static VfsException notADirectory(VirtualPath path) {
        return new VfsException(Failure.NOT_A_DIRECTORY, path, path + " is not a directory.");
    }

    static VfsException isADirectory(VirtualPath path) {
        return new VfsException(Failure.IS_A_DIRECTORY, path, "Is a directory.");
    }

    static VfsException notEmpty(VirtualPath path) {
        return new VfsException(Failure.DIRECTORY_NOT_EMPTY, path, "The directory is not empty.");
    }

    static VfsException replaced(VirtualPath path) {
        return new VfsException(Failure.CONFLICT, path, "The file was replaced meanwhile.");
    }

    static VfsException denied(VirtualPath path, String message) {
        return new VfsException(Failure.PERMISSION_DENIED, path, message);
    }
}
