package dev.slipway.ingest.target;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A path with names in braces, such as <code>{year}/{path}</code>, for which each file has its own values.
 *
 * <p>A brace itself is written twice.
 */
public final class KeyTemplate {
    /** The names. */
    private enum Name {
        PATH,
        FOLDER,
        NAME,
        STEM,
        EXTENSION,
        YEAR,
        MONTH,
        DAY,
        HOUR,
        MINUTE,
        TASK,
        ACCOUNT,
        JOB;

        String shown() {
            return "{" + name().toLowerCase(Locale.ROOT) + "}";
        }

        String of(KeyValues values) {
            ZonedDateTime at = values.at().atZone(ZoneOffset.UTC);
            return switch (this) {
                case PATH -> values.path();
                case FOLDER -> values.folder();
                case NAME -> values.name();
                case STEM -> values.stem();
                case EXTENSION -> values.extension();
                case YEAR -> "%04d".formatted(at.getYear());
                case MONTH -> "%02d".formatted(at.getMonthValue());
                case DAY -> "%02d".formatted(at.getDayOfMonth());
                case HOUR -> "%02d".formatted(at.getHour());
                case MINUTE -> "%02d".formatted(at.getMinute());
                case TASK -> values.task();
                case ACCOUNT -> Objects.requireNonNullElse(values.account(), "");
                case JOB -> values.job();
            };
        }
    }

    private sealed interface Piece {
        record Text(String text) implements Piece {}

        record Value(Name name) implements Piece {}
    }

    private final String text;
    private final List<Piece> pieces;

    private KeyTemplate(String text, List<Piece> pieces) {
        this.text = text;
        this.pieces = List.copyOf(pieces);
    }

    /**
     * Reads a template.
     *
     * @throws IllegalArgumentException a name is unknown, or a brace has no counterpart; the message says which, and
     *     what would be right
     */
    public static KeyTemplate parse(String text) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if ((c == '{' || c == '}') && text.startsWith(String.valueOf(c).repeat(2), at)) {
                literal.append(c);
                at += 2;
            } else if (c == '{') {
                int end = text.indexOf('}', at);
                if (end < 0) {
                    throw new IllegalArgumentException("a '{' has no '}'; a brace itself is written twice");
                }
                pieces.add(new Piece.Text(literal.toString()));
                literal.setLength(0);
                pieces.add(new Piece.Value(name(text.substring(at, end + 1))));
                at = end + 1;
            } else if (c == '}') {
                throw new IllegalArgumentException("a '}' has no '{'; a brace itself is written twice");
            } else {
                literal.append(c);
                at++;
            }
        }
        pieces.add(new Piece.Text(literal.toString()));
        return new KeyTemplate(text, pieces);
    }

    private static Name name(String shown) {
        for (Name name : Name.values()) {
            if (name.shown().equals(shown)) {
                return name;
            }
        }
        throw new IllegalArgumentException("there is no " + shown + "; known are "
                + String.join(
                        ", ", List.of(Name.values()).stream().map(Name::shown).toList()));
    }

    /** The path for a file. It may be no valid one: see {@link OpenTarget#path}. */
    public String expand(KeyValues values) {
        StringBuilder result = new StringBuilder();
        for (Piece piece : pieces) {
            result.append(
                    switch (piece) {
                        case Piece.Text(String literal) -> literal;
                        case Piece.Value(Name name) -> name.of(values);
                    });
        }
        return result.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
