package dev.slipway.ingest.mail;

import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;

/** Checks addresses in settings. */
public final class MailAddresses {
    private MailAddresses() {}

    /** Whether a text is one address with a domain, without a name or a comment. */
    public static boolean isAddress(String text) {
        try {
            InternetAddress address = new InternetAddress(text, true);
            return text.equals(address.getAddress())
                    && text.indexOf('@') > 0
                    && text.chars().noneMatch(c -> c <= ' ' || c == 0x7f || c == '<' || c == '>');
        } catch (AddressException _) {
            return false;
        }
    }
}
