package dev.slipway.ingest.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.SettingsBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MailSenderTest {
    /** Names of files may not begin headers of their own. */
    @Test
    void aSubjectIsOneLine() {
        assertThat(MailSender.oneLine(" a\r\nBcc: b@example.com\r\n\r\nc\u2028d\u0085e\0", 100))
                .isEqualTo("a Bcc: b@example.com c d e");
        assertThat(MailSender.oneLine("ab\uD83D\uDE00", 3)).isEqualTo("ab");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "office@example.com | true",
                "office | false",
                "Office <office@example.com> | false",
                "a@example.com,b@example.com | false",
                "'a@example.com\r\nBcc: b@example.com' | false"
            })
    void onlyBareAddressesAreAccepted(String text, boolean expected) {
        assertThat(MailAddresses.isAddress(text)).isEqualTo(expected);
    }

    @Test
    void mistakesAreReported() {
        assertThatThrownBy(() -> new SettingsBuilder<>(MailSettings.class)
                        .set("host", "mail.example.com")
                        .set("security", "none")
                        .set("username", "slipway")
                        .build())
                .hasMessageContaining("from: is required with mail.host")
                .hasMessageContaining("password: is required: both or none");
        assertThatThrownBy(() -> new SettingsBuilder<>(MailSettings.class)
                        .set("host", "mail.example.com")
                        .set("from", "Slipway <slipway@example.com>")
                        .set("security", "none")
                        .set("username", "slipway")
                        .set("password", "hidden")
                        .build())
                .hasMessageContaining("from is 'Slipway <slipway@example.com>': must be a mail address")
                .hasMessageContaining("security is 'none': must be starttls or implicit with a password")
                .message()
                .doesNotContain("hidden");
    }
}
