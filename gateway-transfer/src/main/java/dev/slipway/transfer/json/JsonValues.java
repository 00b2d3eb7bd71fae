package dev.slipway.transfer.json;

import dev.slipway.core.account.Network;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.Durations;
import dev.slipway.core.unit.Expiry;
import dev.slipway.core.unit.SizeLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Single values of JSON. */
final class JsonValues {
    private JsonValues() {}

    /** Whether a record is a value rather than an object. */
    static boolean isValue(Class<?> type) {
        return type == SizeLimit.class || type == CountLimit.class;
    }

    /** The kind of a value: {@code a string}. */
    static String kind(JsonNode node) {
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

    /** What a value of this type should be. */
    static String expected(Class<?> type) {
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == int.class || type == Integer.class || type == Long.class) {
            return "a whole number";
        } else if (type == Instant.class) {
            return "a time such as 2030-01-31T18:00:00Z";
        } else if (type == Duration.class) {
            return "a duration such as 30s, 10m or 12h";
        } else if (type == Network.class) {
            return "a network such as 192.0.2.0/24 or 2001:db8::/32";
        } else if (type == SizeLimit.class) {
            return "a size such as 512MiB (in JSON also a number of bytes), unlimited, or default";
        } else if (type == CountLimit.class) {
            return "a number of at least 1, unlimited, or default";
        } else if (type.isEnum()) {
            return "one of " + words(type);
        } else if (type.isRecord()) {
            return "an object";
        }
        return "a string";
    }

    private static String words(Class<?> type) {
        return JsonWords.all(constants(type));
    }

    @SuppressWarnings("unchecked")
    private static Class<? extends Enum<?>> constants(Class<?> type) {
        return (Class<? extends Enum<?>>) type;
    }

    /** The value for what is missing. */
    static @Nullable Object empty(Class<?> type) {
        if (type == boolean.class) {
            return false;
        } else if (type == int.class) {
            return 0;
        } else if (type == String.class) {
            return "";
        } else if (type == List.class) {
            return List.of();
        } else if (type == Set.class) {
            return Set.of();
        }
        return type == Map.class ? Map.of() : null;
    }

    /**
     * Reads a value.
     *
     * @return null for the word that means the default
     * @throws IllegalArgumentException it is something else; the message says what it is
     */
    static @Nullable Object parse(JsonNode node, Class<?> type) {
        if (type == JsonNode.class) {
            return node;
        } else if (type == boolean.class || type == Boolean.class) {
            require(node.isBoolean(), node);
            return node.booleanValue();
        } else if (type == int.class || type == Integer.class) {
            return (int) number(node, Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (type == Long.class) {
            return number(node, Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (type == SizeLimit.class) {
            return limit(node, SizeLimit::new, SizeLimit::parse);
        } else if (type == CountLimit.class) {
            return limit(node, CountLimit::new, CountLimit::parse);
        }
        require(node.isString(), node);
        String text = node.stringValue();
        if (type == String.class) {
            return text;
        } else if (type == Instant.class) {
            return parsed(text, Expiry::parse, "'" + text + "' is not valid");
        } else if (type == Duration.class) {
            return parsed(text, Durations::parse, "'" + text + "' is not valid");
        } else if (type == Network.class) {
            return Network.parse(text);
        } else if (type.isEnum()) {
            for (Enum<?> constant : constants(type).getEnumConstants()) {
                if (JsonWords.of(constant).equals(text)) {
                    return constant;
                }
            }
            throw new IllegalArgumentException("'" + text + "' is not one of them");
        }
        throw new AssertionError("no field has the type " + type);
    }

    private static <T> @Nullable T limit(JsonNode node, LongFunction<T> ofNumber, Function<String, T> ofText) {
        if (!node.isString()) {
            return ofNumber.apply(number(node, 1, SizeLimit.NONE - 1));
        }
        String text = node.stringValue();
        return text.equals("default") ? null : parsed(text, ofText, "'" + text + "' is not valid");
    }

    private static <T> T parsed(String text, Function<String, T> parser, String otherwise) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(otherwise, e);
        }
    }

    private static long number(JsonNode node, long least, long most) {
        require(node.isNumber(), node);
        if (!node.isIntegralNumber()
                || !node.canConvertToLong()
                || node.longValue() < least
                || node.longValue() > most) {
            throw new IllegalArgumentException("it is " + node.asString());
        }
        return node.longValue();
    }

    private static void require(boolean isOfKind, JsonNode node) {
        if (!isOfKind) {
            throw new IllegalArgumentException("it is " + kind(node));
        }
    }
}
