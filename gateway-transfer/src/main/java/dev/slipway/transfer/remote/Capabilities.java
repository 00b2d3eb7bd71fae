package dev.slipway.transfer.remote;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The capabilities of a remote.
 *
 * @param extensions the names of the SFTP extensions that it has announced
 * @param shell whether it runs commands in a POSIX shell
 * @param tools those of {@code curl}, {@code sha256sum}, {@code sha512sum}, {@code sha1sum}, {@code shasum}, {@code
 *     md5sum}, {@code dd}, {@code df}, {@code fallocate}, {@code touch} that it has
 * @param curlVersion the version of its curl, such as {@code 7.61.1}; empty if it is not known
 */
public record Capabilities(Set<String> extensions, boolean shell, Set<String> tools, String curlVersion) {
    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})([^0-9].*)?");

    public Capabilities {
        extensions = Set.copyOf(extensions);
        tools = Set.copyOf(tools);
    }

    /** As above, without the version of curl. */
    public Capabilities(Set<String> extensions, boolean shell, Set<String> tools) {
        this(extensions, shell, tools, "");
    }

    /** Whether its curl is older than a version; an unknown one is not. */
    public boolean hasCurlBefore(int major, int minor) {
        Matcher version = VERSION.matcher(curlVersion);
        if (!version.matches()) {
            return false;
        }
        int its = Integer.parseInt(version.group(1));
        return its < major || (its == major && Integer.parseInt(version.group(2)) < minor);
    }
}
