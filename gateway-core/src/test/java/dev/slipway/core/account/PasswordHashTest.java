package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
    @Test
    void onlyThePasswordMatches() {
        PasswordHash hash =
                PasswordHash.parse(PasswordHash.of("sécret".toCharArray()).encoded());

        assertThat(hash.matches("sécret".toCharArray())).isTrue();
        assertThat(hash.matches("secret".toCharArray())).isFalse();
        assertThat(hash.matches(new char[0])).isFalse();
        assertThat(hash.toString()).doesNotContain(hash.encoded());
    }

    /** Made with the reference implementation's command: {@code argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32}. */
    @Test
    void hashesOfOtherImplementationsAreAccepted() {
        PasswordHash hash = PasswordHash.parse(
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

        assertThat(hash.matches("password".toCharArray())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
                "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
                "$argon2id$v=19$m=19456,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q"
            })
    void invalidHashesAreRefusedWithoutShowingThem(String text) {
        assertThatThrownBy(() -> PasswordHash.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("CTFhFdXPJO1aFaMaO6Mm5Q");
    }

    @Test
    void aHashThatIsTooShortIsRefused() {
        assertThatThrownBy(() -> PasswordHash.parse("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAA"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hash");
    }
}
