package dev.slipway.ingest.mail;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The mail server for the step `mail` of rules: the section {@code mail} of the configuration. */
public record MailSettings(
        @Setting("Host name or address of the SMTP server. Without it, rules cannot send mail.") @Nullable
        String host,

        @Setting(
                value = "Port of the server. Without it, 587, or 465 with `security: implicit`.",
                least = 1,
                most = 65_535)
        @Nullable
        Integer port,

        @Setting(
                value = "How the connection is encrypted. `starttls`: it begins in clear text, and ends if the server"
                        + " does not offer TLS. `implicit`: it begins with TLS. `none`: not at all; then there can be"
                        + " no password.",
                byDefault = "starttls")
        MailSecurity security,

        @Setting("PEM file with the certificates of CAs to trust for the connection, in addition to the usual ones.")
        @Nullable
        Path caFile,

        @Setting("User to log in as. Without it, Slipway does not log in.") @Nullable
        String username,

        @Setting("Password of that user.") @Nullable Secret password,

        @Setting("Address of the sender, such as `slipway@example.com`; required with `mail.host`.") @Nullable
        String from,

        @Setting(value = "How long the server may take for each answer.", byDefault = "30s", shortest = "1s")
        Duration timeout)
        implements CheckedSettings {
    private static final int SUBMISSION_PORT = 587;
    private static final int TLS_PORT = 465;

    /** Whether there is a server. */
    public boolean isOn() {
        return host != null;
    }

    /** The port of the server. */
    int effectivePort() {
        if (port != null) {
            return port;
        }
        return security == MailSecurity.IMPLICIT ? TLS_PORT : SUBMISSION_PORT;
    }

    @Override
    public void check(Problems problems) {
        if (host != null && from == null) {
            problems.add("from", null, "is required with mail.host");
        }
        if (from != null && !MailAddresses.isAddress(from)) {
            problems.add("from", from, "must be a mail address, such as slipway@example.com");
        }
        if ((username == null) != (password == null)) {
            problems.add(username == null ? "username" : "password", null, "is required: both or none");
        }
        if (password != null && security == MailSecurity.NONE) {
            problems.add("security", security, "must be starttls or implicit with a password");
        }
        if (caFile != null && security == MailSecurity.NONE) {
            problems.add("caFile", caFile, "requires mail.security starttls or implicit");
        }
    }
}
