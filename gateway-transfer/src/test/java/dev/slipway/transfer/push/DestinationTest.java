package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {
    @Test
    void namesARemoteAndAPath() throws PushOrderException {
        assertThat(Destination.parse("vault:/in//./reel.mxf", true))
                .isEqualTo(new Destination("vault", "/in/reel.mxf"));
        assertThat(Destination.parse("vault:/in/", true)).isEqualTo(new Destination("vault", "/in/"));
        assertThat(Destination.parse("vault:/", true)).isEqualTo(new Destination("vault", "/"));
        assertThat(Destination.parse("/a:b\nc", false)).isEqualTo(new Destination(null, "/a:b\nc"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vault", "vault:", "vault:in", ":/in", "a b:/in", "vault:/in/../etc", "vault:/a\0b"})
    void refusesInvalidText(String text) {
        assertThatThrownBy(() -> Destination.parse(text, true)).isInstanceOf(PushOrderException.class);
    }

    @Test
    void aFolderIsNotAPrefixOfAName() {
        assertThat(Destination.isAllowed("/in/a", List.of("/in"))).isTrue();
        assertThat(Destination.isAllowed("/in", List.of("/in/"))).isTrue();
        assertThat(Destination.isAllowed("/inner/a", List.of("/in"))).isFalse();
        assertThat(Destination.isAllowed("/anything", List.of())).isTrue();
    }
}
