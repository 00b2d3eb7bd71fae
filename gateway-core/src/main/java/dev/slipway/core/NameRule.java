package dev.slipway.core;

import java.util.regex.Pattern;

/** The rules for valid names. The configuration, the commands, the HTTP API and messages all apply them. */
public enum NameRule {
    /** The login name of an account. */
    ACCOUNT(
            "[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}",
            "1 to 64 letters, digits, '.', '_', '@', '+' and '-', a letter or digit first"),

    /** A server that files are sent to. */
    REMOTE("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "1 to 64 letters, digits, '.', '_' and '-', a letter or digit first"),

    /** A token for the HTTP API. */
    TOKEN("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "1 to 64 letters, digits, '.', '_' and '-', a letter or digit first"),

    /**
     * A bucket. Buckets that Amazon S3 created before March 2018 in us-east-1 may have capitals, underscores and up to 255
     * characters. Source: Amazon S3 User Guide, "General purpose bucket naming rules".
     */
    BUCKET(
            "[A-Za-z0-9][A-Za-z0-9._-]{2,254}|arn:[a-z0-9-]+:s3[a-z0-9-]*:[A-Za-z0-9/:._-]{1,200}",
            "3 to 255 letters, digits, '.', '_' and '-', a letter or digit first, or the ARN of an access point");

    private final Pattern pattern;
    private final String expected;

    NameRule(String pattern, String expected) {
        this.pattern = Pattern.compile(pattern);
        this.expected = expected;
    }

    /** Whether a name is valid. */
    public boolean accepts(String name) {
        return pattern.matcher(name).matches();
    }

    /** The rule in words, for error messages: {@code 1 to 64 letters, digits …}. */
    public String expected() {
        return expected;
    }
}
