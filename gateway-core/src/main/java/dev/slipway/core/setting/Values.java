package dev.slipway.core.setting;

import dev.slipway.core.unit.Durations;
import dev.slipway.core.unit.Expiry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parses and formats values of the types of settings. */
public final class Values {
    private static final String URL_EXPECTED = "a URL that starts with http:// or https:// and names a host";

    private Values() {}

    /** Whether a record is a value rather than a section: then it has a public static method {@code parse(String)}. */
    static boolean isValue(Class<?> type) {
        return parser(type) != null;
    }

    private static @Nullable Method parser(Class<?> type) {
        try {
            return type.getMethod("parse", String.class);
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    /**
     * Reads one value.
     *
     * @throws IllegalArgumentException with what was expected
     */
    public static Object parse(ConfigNode.Scalar scalar, Class<?> type, Setting setting) {
        String text = scalar.text();
        if (text.isBlank()) {
            throw new IllegalArgumentException("a value; omit the key for none");
        }
        if (type == String.class) {
            return text;
        } else if (type == Secret.class) {
            return new Secret(text);
        } else if (type == boolean.class || type == Boolean.class) {
            return switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new IllegalArgumentException("true or false");
            };
        } else if (type == int.class || type == Integer.class) {
            return parseNumber(text, setting);
        } else if (type == Path.class) {
            try {
                return scalar.base().resolve(text).normalize();
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException("a file name", e);
            }
        } else if (type == Duration.class) {
            Duration duration = Durations.parse(text);
            if (duration.compareTo(Durations.parse(setting.shortest())) < 0) {
                throw new IllegalArgumentException("a duration of at least " + setting.shortest());
            }
            return duration;
        } else if (type == URI.class) {
            return parseUrl(text);
        } else if (type == Instant.class) {
            return Expiry.parse(text);
        } else if (type.isEnum()) {
            return parseEnum(text, type);
        }
        return parseOwn(text, Objects.requireNonNull(parser(type), () -> "no settings have the type " + type));
    }

    private static Object parseOwn(String text, Method parser) {
        try {
            return parser.invoke(null, text);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException expected) {
                throw expected;
            }
            throw new AssertionError(parser + " fails otherwise than with what was expected", e);
        } catch (IllegalAccessException e) {
            throw new LinkageError(parser + " cannot be called", e);
        }
    }

    private static int parseNumber(String text, Setting setting) {
        if (text.matches("\\d{1,9}")) {
            int number = Integer.parseInt(text);
            if (number >= setting.least() && number <= setting.most()) {
                return number;
            }
        }
        throw new IllegalArgumentException("a number from " + setting.least()
                + (setting.most() < Integer.MAX_VALUE ? " to " + setting.most() : " on"));
    }

    private static URI parseUrl(String text) {
        URI url;
        try {
            url = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(URL_EXPECTED, e);
        }
        if ((!"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) || url.getHost() == null) {
            throw new IllegalArgumentException(URL_EXPECTED);
        }
        if (url.getRawFragment() != null) {
            throw new IllegalArgumentException("a URL without a fragment ('#')");
        }
        return url;
    }

    private static Object parseEnum(String text, Class<?> type) {
        Object[] constants = Objects.requireNonNull(type.getEnumConstants());
        for (Object constant : constants) {
            if (show(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(
                "one of " + Arrays.stream(constants).map(Values::show).collect(Collectors.joining(", ")));
    }

    /** Formats a value as the configuration file has it, with secrets and the user and query of URLs redacted. */
    public static String show(Object value) {
        return switch (value) {
            case Enum<?> constant ->
                constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
            case Duration duration -> Durations.format(duration);
            case URI url -> redactUrl(url.toString());
            default -> value.toString();
        };
    }

    /** Likewise, also without the path and query of URLs: those of webhooks may contain secrets. */
    public static String showEffective(Object value) {
        return value instanceof URI url && (!List.of("", "/").contains(url.getRawPath()) || url.getRawQuery() != null)
                ? redactUrl(url.getScheme() + "://" + url.getRawAuthority() + "/***")
                : show(value);
    }

    /** The written text, without possible secrets. */
    public static String showRaw(String text, Class<?> type) {
        if (type == Secret.class) {
            return "***";
        }
        return type == URI.class ? redactUrl(text).replaceAll("(://[^/?#]*/).+", "$1***") : text;
    }

    private static String redactUrl(String text) {
        return text.replaceAll("//[^?#]*@", "//***@").replaceAll("([?#]).+", "$1***");
    }
}
