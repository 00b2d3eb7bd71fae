package dev.slipway.admin.command;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A text table. */
final class Table {
    private static final int GAP = 2;

    /** No cell is cut to fewer characters, however narrow the terminal is. */
    private static final int NARROWEST = 10;

    /** The width of a column that is left out. */
    private static final int ABSENT = -1;

    private final List<List<String>> rows = new ArrayList<>();
    private final List<String> whole = new ArrayList<>();
    private final List<String> dispensable = new ArrayList<>();

    Table(String... heads) {
        rows.add(List.of(heads));
    }

    /** Adds a row with one cell for each heading. */
    void add(String... cells) {
        List<String> row = new ArrayList<>();
        for (String cell : cells) {
            row.add(PlainText.line(cell));
        }
        rows.add(row);
    }

    /** A time, to the second; {@code -} for none. */
    static String time(@Nullable Instant time) {
        return time == null ? "-" : time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Columns whose cells are never cut, by their heads. */
    Table whole(String... heads) {
        whole.addAll(List.of(heads));
        return this;
    }

    /** Columns that a narrow terminal does without, the first one first, by their heads. */
    Table dispensable(String... heads) {
        dispensable.addAll(List.of(heads));
        return this;
    }

    /**
     * The table in a terminal. Where it is too narrow, dispensable columns are left out, and cells are cut, the longest
     * first.
     *
     * @param columns of the terminal; 0 for no limit
     * @param unicode whether the terminal can show all Unicode characters
     */
    String fitting(int columns, boolean unicode) {
        List<String> heads = rows.getFirst();
        int[] widths = widths();
        if (columns > 0) {
            for (String head : dispensable) {
                if (total(least(widths)) > columns) {
                    widths[heads.indexOf(head)] = ABSENT;
                }
            }
            int[] least = least(widths);
            while (total(widths) > columns) {
                int longest = -1;
                for (int i = 0; i < widths.length; i++) {
                    if (widths[i] > least[i] && (longest < 0 || widths[i] >= widths[longest])) {
                        longest = i;
                    }
                }
                if (longest < 0) {
                    break;
                }
                widths[longest]--;
            }
        }
        return text(widths, unicode ? "…" : "...");
    }

    /** To how much the columns may be cut. */
    private int[] least(int[] widths) {
        int[] least = widths.clone();
        for (int i = 0; i < least.length; i++) {
            if (!whole.contains(rows.getFirst().get(i))) {
                least[i] = Math.min(least[i], NARROWEST);
            }
        }
        return least;
    }

    private static int total(int[] widths) {
        int[] present = Arrays.stream(widths).filter(width -> width != ABSENT).toArray();
        return Arrays.stream(present).sum() + GAP * (present.length - 1);
    }

    @Override
    public String toString() {
        return text(widths(), "");
    }

    private int[] widths() {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return widths;
    }

    /** @param ellipsis stands for what is cut off */
    private String text(int[] widths, String ellipsis) {
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                if (widths[i] != ABSENT) {
                    String cell = cut(row.get(i), widths[i], ellipsis);
                    line.append(cell).repeat(" ", widths[i] - cell.length() + GAP);
                }
            }
            lines.add(line.toString().stripTrailing());
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String cut(String cell, int width, String ellipsis) {
        if (cell.length() <= width) {
            return cell;
        }
        int end = width - ellipsis.length();
        // Not within a character that needs two.
        return cell.substring(0, Character.isHighSurrogate(cell.charAt(end - 1)) ? end - 1 : end) + ellipsis;
    }
}
