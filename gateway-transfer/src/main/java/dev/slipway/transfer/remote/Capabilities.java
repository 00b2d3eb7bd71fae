package dev.slipway.transfer.remote;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The capabilities of a remote.
 *
 * @param extensions the names of the SFTP extensions that it has announced
 * @param shell whether it runs commands in a POSIX shell
 * @param tools those of {@code curl}, {@code sha256sum}, {@code sha512sum}, {@code sha1sum}, {@code shasum}, {@code
 *     md5sum}, {@code dd}, {@code df}, {@code fallocate}, {@code touch} that it has; {@code fdinfo} if it tells the offsets of
 *     open files as Linux does (proc_pid_fdinfo(5)), and has {@code /dev/fd}
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

    /** Whether its curl can fetch several ranges and report each, as since 7.63; assumed of an unknown version. */
    public boolean isCurlReporting() {
        return !isCurlBefore(7, 63);
    }

    /**
     * Why its curl cannot fetch parts of a file for a push; empty if it can, as far as its version tells. 7.29 is that of RHEL
     * 7.
     */
    public Optional<String> curlObstacle() {
        if (isCurlBefore(7, 29)) {
            return Optional.of("its curl is " + curlVersion + ", and 7.29 or later is needed");
        }
        return isCurlReporting() || tools.contains("fdinfo")
                ? Optional.empty()
                : Optional.of("its curl is " + curlVersion
                        + ", and 7.63 or later is needed on a system without Linux's /proc/self/fdinfo and /dev/fd");
    }

    private boolean isCurlBefore(int major, int minor) {
        Matcher version = VERSION.matcher(curlVersion);
        if (!version.matches()) {
            return false;
        }
        int its = Integer.parseInt(version.group(1));
        return its < major || (its == major && Integer.parseInt(version.group(2)) < minor);
    }
}
