package dev.slipway.transfer.remote;

import java.util.Set;

/**
 * The capabilities of a remote.
 *
 * @param extensions the names of the SFTP extensions that it has announced
 * @param shell whether it runs commands in a POSIX shell
 * @param tools those of {@code curl}, {@code sha256sum}, {@code sha512sum}, {@code sha1sum}, {@code shasum}, {@code
 *     md5sum}, {@code dd}, {@code df}, {@code fallocate}, {@code touch} that it has
 */
public record Capabilities(Set<String> extensions, boolean shell, Set<String> tools) {
    public Capabilities {
        extensions = Set.copyOf(extensions);
        tools = Set.copyOf(tools);
    }
}
