package dev.slipway.app.config;

import dev.slipway.app.keys.Secret;
import dev.slipway.core.account.Network;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.DataSize;
import dev.slipway.core.unit.Expiry;
import dev.slipway.core.unit.SizeLimit;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Parses and formats values of the types of settings. */
final class Values {
    private static final String URL_EXPECTED = "a URL that starts with http:// or https:// and names a host";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

    private Values() {}

    /** Whether a record is a value rather than a section. */
    static boolean isValue(Class<?> type) {
        return type == DataSize.class
                || type == SizeLimit.class
                || type == CountLimit.class
                || type == PortRange.class
                || type == ListenPort.class;
    }

    /**
     * Reads one value.
     *
     * @throws IllegalArgumentException with what was expected
     */
    static Object parse(ConfigNode.Scalar scalar, Class<?> type, Setting setting) {
        String text = scalar.text();
        if (text.isBlank()) {
            throw new IllegalArgumentException("a value; omit the key for none");
        }
        if (type == String.class) {
            return text;
        } else if (type == Secret.class) {
            return new Secret(text);
        } else if (type == boolean.class) {
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
            Duration duration = parseDuration(text);
            if (duration.compareTo(parseDuration(setting.shortest())) < 0) {
                throw new IllegalArgumentException("a duration of at least " + setting.shortest());
            }
            return duration;
        } else if (type == URI.class) {
            return parseUrl(text);
        } else if (type == DataSize.class) {
            return DataSize.parse(text);
        } else if (type == SizeLimit.class) {
            return SizeLimit.parse(text);
        } else if (type == CountLimit.class) {
            return CountLimit.parse(text);
        } else if (type == PortRange.class) {
            return PortRange.parse(text);
        } else if (type == ListenPort.class) {
            return ListenPort.parse(text);
        } else if (type == Network.class) {
            return Network.parse(text);
        } else if (type == Instant.class) {
            return Expiry.parse(text);
        } else if (type.isEnum()) {
            return parseEnum(text, type);
        }
        throw new AssertionError("no settings have the type " + type);
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

    private static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a duration with its unit (ms, s, m, h, d), such as 30s");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
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

    /** Formats a value, with secrets and the user and query of URLs redacted. */
    static String show(Object value) {
        return switch (value) {
            case Enum<?> constant ->
                constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
            case Duration duration -> showDuration(duration);
            case URI url -> redactUrl(url.toString());
            default -> value.toString();
        };
    }

    /** Likewise, also without the path and query of URLs: those of webhooks may contain secrets. */
    static String showEffective(Object value) {
        return value instanceof URI url && (!List.of("", "/").contains(url.getRawPath()) || url.getRawQuery() != null)
                ? redactUrl(url.getScheme() + "://" + url.getRawAuthority() + "/***")
                : show(value);
    }

    private static String showDuration(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
    }

    /** The written text, without possible secrets. */
    static String showRaw(String text, Class<?> type) {
        if (type == Secret.class) {
            return "***";
        }
        return type == URI.class ? redactUrl(text).replaceAll("(://[^/?#]*/).+", "$1***") : text;
    }

    private static String redactUrl(String text) {
        return text.replaceAll("//[^?#]*@", "//***@").replaceAll("([?#]).+", "$1***");
    }
}
