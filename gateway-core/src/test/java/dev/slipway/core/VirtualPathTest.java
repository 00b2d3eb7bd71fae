package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VirtualPathTest {
    @ParameterizedTest
    @CsvSource({
        "/, /",
        "'', /",
        "a, /a",
        "/a/b/, /a/b",
        "//a///b, /a/b",
        "/a/./b, /a/b",
        "/a/../b, /b",
        "/../../a, /a",
        "../.., /",
        "/a/b/../../../.., /",
        "' ', '/ '",
        "..., /...",
        "/a/..b, /a/..b"
    })
    void pathsAreNormalised(String text, String expected) throws VfsException {
        assertThat(VirtualPath.parse(text)).hasToString(expected);
    }

    @Test
    void relativePathsStartAtTheDirectory() throws VfsException {
        VirtualPath directory = VirtualPath.parse("/a/b");

        assertThat(directory.resolve("c")).hasToString("/a/b/c");
        assertThat(directory.resolve("../c")).hasToString("/a/c");
        assertThat(directory.resolve("/c")).hasToString("/c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\0b", "\ud800", "x\udc00", "\udc00\ud800"})
    void textThatUtf8CannotExpressIsRefused(String text) {
        assertThatThrownBy(() -> VirtualPath.parse(text))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NAME_INVALID));
    }

    @Test
    void onlyWholeSegmentsCountAsBelow() throws VfsException {
        assertThat(VirtualPath.parse("/foo/x").startsWith(VirtualPath.parse("/foo")))
                .isTrue();
        assertThat(VirtualPath.parse("/foobar").startsWith(VirtualPath.parse("/foo")))
                .isFalse();
        assertThat(VirtualPath.parse("/foo").startsWith(VirtualPath.ROOT)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a\0"})
    void childrenNeedProperNames(String name) {
        assertThatThrownBy(() -> VirtualPath.ROOT.child(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesKeepTheirUnicodeForm() throws VfsException {
        assertThat(VirtualPath.parse("/u\u0308")).isNotEqualTo(VirtualPath.parse("/\u00fc"));
        assertThat(VirtualPath.parse("/😀").name()).isEqualTo("😀");
    }
}
