package dev.slipway.transfer.json;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the constants of enums are written in JSON and in commands: {@code WAITING_FOR_SPACE} is {@code waiting-for-space}. */
public final class JsonWords {
    private JsonWords() {}

    /** The word for a constant. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The words for all constants, separated by commas. */
    public static String all(Class<? extends Enum<?>> type) {
        return Arrays.stream(type.getEnumConstants()).map(JsonWords::of).collect(Collectors.joining(", "));
    }

    /** The constant for a word; empty if there is none. */
    public static <E extends Enum<E>> Optional<E> find(Class<E> type, String word) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> of(constant).equals(word))
                .findFirst();
    }
}
