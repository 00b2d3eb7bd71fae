package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://user:secret@db/x",
                "jdbc:postgresql://user:sec?ret@db/x",
                "jdbc:postgresql://user:secret/secret@db/x?user=me@db",
                "jdbc:postgresql://db/x?password=secret",
                "jdbc:postgresql://db/x?a=b&sslPassword=secret"
            })
    void aPasswordInTheUrlIsNotShown(String url) {
        PostgresAddress address = new PostgresAddress(url, null, "secret");
        assertThat(PostgresAddress.mayHoldPassword(url)).isTrue();
        assertThat(address.host()).doesNotContain("sec");
        assertThat(address).asString().doesNotContain("sec");
    }

    @Test
    void otherUrlsAreRefusedWithoutShowingThem() {
        assertThatThrownBy(() -> new PostgresAddress("postgresql://user:secret@db/x", null, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void otherUrlsAreShownWithoutTheirOptions() {
        String url = "jdbc:postgresql://db:5432/x?sslmode=require&user=me@server";
        assertThat(PostgresAddress.mayHoldPassword(url)).isFalse();
        assertThat(new PostgresAddress(url, null, null)).hasToString("jdbc:postgresql://db:5432/x");
    }
}
