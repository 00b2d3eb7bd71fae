package dev.slipway.admin.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A received JSON object. Problems are collected and thrown by {@link #check}; until then the methods treat an invalid
 * field as missing.
 */
final class Input {
    private static final String TEXT = "a string";

    private final JsonNode object;
    private final String prefix;
    private final List<FieldError> errors;
    private final Set<String> known = new HashSet<>();
    private final List<Input> inner = new ArrayList<>();

    private Input(JsonNode object, String prefix, List<FieldError> errors) {
        this.object = object;
        this.prefix = prefix;
        this.errors = errors;
    }

    /** @throws ProblemException it is not an object */
    static Input of(JsonNode body) {
        if (!body.isObject()) {
            throw ProblemException.invalid(
                    new FieldError("", FieldError.Location.BODY, "it is " + kind(body), "a JSON object"));
        }
        return new Input(body, "", new ArrayList<>());
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NUMBER -> "a number";
            case STRING -> "a string";
            case OBJECT -> "an object";
            case NULL -> "null";
            case BINARY, MISSING, POJO -> "nothing";
        };
    }

    /** All of it, unchecked. */
    JsonNode raw() {
        return object;
    }

    /** Whether there is a field of that name, null or not. */
    boolean has(String name) {
        known.add(name);
        return object.has(name);
    }

    /** Whether the field exists and is a string. */
    boolean isText(String name) {
        JsonNode node = node(name);
        return node != null && node.isString();
    }

    /** Whether the field exists and is null. */
    boolean isNull(String name) {
        JsonNode node = node(name);
        return node != null && node.isNull();
    }

    void refuse(String name, String detail, String expected) {
        errors.add(new FieldError(prefix + name, FieldError.Location.BODY, detail, expected));
    }

    private @Nullable JsonNode node(String name) {
        known.add(name);
        return object.get(name);
    }

    private @Nullable JsonNode present(String name) {
        JsonNode node = node(name);
        return node == null || node.isNull() ? null : node;
    }

    /** Empty if it is missing, which is an error. */
    String requiredText(String name, String expected) {
        if (present(name) == null) {
            refuse(name, "it is missing", expected);
            return "";
        }
        String text = text(name, expected);
        if (text != null && text.isBlank()) {
            refuse(name, "it is empty", expected);
        }
        return text == null ? "" : text;
    }

    @Nullable
    String text(String name) {
        return text(name, TEXT);
    }

    @Nullable
    String text(String name, String expected) {
        JsonNode node = present(name);
        if (node == null) {
            return null;
        }
        if (!node.isString()) {
            refuse(name, "it is " + kind(node), expected);
            return null;
        }
        return node.stringValue();
    }

    /** @param parser throws IllegalArgumentException with the problem */
    <T> @Nullable T parsed(String name, String expected, Function<String, T> parser) {
        String text = text(name, expected);
        if (text == null) {
            return null;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException | DateTimeException e) {
            refuse(name, "'" + text + "' is not valid: " + e.getMessage(), expected);
            return null;
        }
    }

    @Nullable
    Instant time(String name) {
        return parsed(name, "a time such as 2030-01-31T18:00:00Z", Instant::parse);
    }

    <E extends Enum<E>> @Nullable E oneOf(String name, Class<E> type) {
        return parsed(name, "one of " + words(type), text -> constant(type, text));
    }

    static String words(Class<? extends Enum<?>> type) {
        return Arrays.stream(type.getEnumConstants()).map(Input::word).collect(Collectors.joining(", "));
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> E constant(Class<E> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("it is not one of them"));
    }

    /** Returns {@code otherwise} if it is missing. */
    boolean flag(String name, boolean otherwise) {
        JsonNode node = present(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            refuse(name, "it is " + kind(node), "true or false");
            return otherwise;
        }
        return node.booleanValue();
    }

    /** Returns {@code otherwise} if it is missing. */
    long number(String name, long least, long most, long otherwise) {
        JsonNode node = present(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isIntegralNumber()
                || !node.canConvertToLong()
                || node.longValue() < least
                || node.longValue() > most) {
            refuse(
                    name,
                    node.isNumber() ? "it is " + node.asString() : "it is " + kind(node),
                    "a whole number from " + least + " to " + most);
            return otherwise;
        }
        return node.longValue();
    }

    /** Returns empty if it is missing. */
    List<String> texts(String name) {
        return parsedList(name, "an array of strings", Function.identity());
    }

    <E extends Enum<E>> Set<E> constants(String name, Class<E> type) {
        return new HashSet<>(parsedList(name, "an array of " + words(type), text -> constant(type, text)));
    }

    /** @param parser throws IllegalArgumentException with the problem */
    <T> List<T> parsedList(String name, String expected, Function<String, T> parser) {
        List<T> values = new ArrayList<>();
        JsonNode node = present(name);
        if (node == null) {
            return values;
        }
        if (!node.isArray()) {
            refuse(name, "it is " + kind(node), expected);
            return values;
        }
        for (int i = 0; i < node.size(); i++) {
            JsonNode element = node.get(i);
            if (!element.isString()) {
                refuse(name + "[" + i + "]", "it is " + kind(element), TEXT);
                continue;
            }
            try {
                values.add(parser.apply(element.stringValue()));
            } catch (IllegalArgumentException e) {
                refuse(
                        name + "[" + i + "]",
                        "'" + element.stringValue() + "' is not valid: " + e.getMessage(),
                        expected);
            }
        }
        return values;
    }

    /** Returns empty if it is missing. */
    List<Input> objects(String name) {
        List<Input> values = new ArrayList<>();
        JsonNode node = present(name);
        if (node == null) {
            return values;
        }
        if (!node.isArray()) {
            refuse(name, "it is " + kind(node), "an array of objects");
            return values;
        }
        for (int i = 0; i < node.size(); i++) {
            String place = name + "[" + i + "]";
            if (node.get(i).isObject()) {
                values.add(new Input(node.get(i), prefix + place + ".", errors));
            } else {
                refuse(place, "it is " + kind(node.get(i)), "an object");
            }
        }
        inner.addAll(values);
        return values;
    }

    /** Returns null if it is missing. */
    @Nullable
    Input object(String name) {
        JsonNode node = present(name);
        if (node == null) {
            return null;
        }
        if (!node.isObject()) {
            refuse(name, "it is " + kind(node), "an object");
            return null;
        }
        Input value = new Input(node, prefix + name + ".", errors);
        inner.add(value);
        return value;
    }

    /** An object whose members are strings; empty if it is missing. */
    Map<String, String> map(String name) {
        Map<String, String> values = new LinkedHashMap<>();
        Input members = object(name);
        if (members != null) {
            members.object.propertyNames().forEach(member -> {
                String value = members.text(member);
                if (value != null) {
                    values.put(member, value);
                }
            });
        }
        return values;
    }

    /**
     * To be called after all fields were read.
     *
     * @throws ProblemException there are problems, or fields that were not read
     */
    void check() {
        refuseUnknown();
        if (!errors.isEmpty()) {
            throw ProblemException.invalid(errors);
        }
    }

    private void refuseUnknown() {
        object.propertyNames().forEach(name -> {
            if (!known.contains(name)) {
                refuse(
                        name,
                        "unknown field",
                        "one of " + known.stream().sorted().collect(Collectors.joining(", ")));
            }
        });
        inner.forEach(Input::refuseUnknown);
    }
}
