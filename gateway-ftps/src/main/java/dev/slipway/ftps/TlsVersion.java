package dev.slipway.ftps;

import java.util.Arrays;
import java.util.List;

/** Versions of TLS that are safe to use, the oldest first. */
public enum TlsVersion {
    /** RFC 5246. */
    TLS_1_2("TLSv1.2"),

    /** RFC 8446. */
    TLS_1_3("TLSv1.3");

    private final String protocol;

    TlsVersion(String protocol) {
        this.protocol = protocol;
    }

    /** The number alone, such as {@code 1.2}. */
    @Override
    public String toString() {
        return protocol.substring("TLSv".length());
    }

    /** The standard names of this version and of the newer ones. */
    public List<String> andNewer() {
        return Arrays.stream(values())
                .filter(version -> version.compareTo(this) >= 0)
                .map(version -> version.protocol)
                .toList();
    }
}
