package dev.slipway.ingest.watch.inotify;

import java.io.IOException;

/** A system call failed. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int ENOTDIR = 20;
    static final int EMFILE = 24;
    static final int ENOSPC = 28;
    static final int ELOOP = 40;

    private final int errno;

    LinuxException(String call, int errno) {
        super(call + ": " + text(errno));
        this.errno = errno;
    }

    LinuxException(String message, LinuxException cause) {
        super(message, cause);
        this.errno = cause.errno;
    }

    int errno() {
        return errno;
    }

    /** Whether a limit of the kernel was reached; the message names the setting that raises it. */
    public boolean isLimit() {
        return errno == EMFILE || errno == ENOSPC;
    }

    private static String text(int errno) {
        return switch (errno) {
            case 1 -> "not permitted";
            case ENOENT -> "no such file or folder";
            case EAGAIN -> "somebody else uses it";
            case 12 -> "no memory";
            case EACCES -> "permission denied";
            case ENOTDIR -> "not a folder";
            case 22 -> "not supported here";
            case EMFILE -> "too many open files";
            case ENOSPC -> "no space";
            case 36 -> "the name is too long";
            case ELOOP -> "a symbolic link";
            default -> "error " + errno;
        };
    }
}
