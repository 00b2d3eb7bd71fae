package dev.slipway.ingest.mail;

import java.util.List;

/**
 * A mail of plain text.
 *
 * @param id identifies it, in letters, digits and hyphens: the same in each attempt
 * @param recipients the addresses, at least one
 * @param subject control characters in it become spaces
 */
public record Mail(String id, List<String> recipients, String subject, String text) {
    public Mail {
        recipients = List.copyOf(recipients);
    }
}
