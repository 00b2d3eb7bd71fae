package dev.slipway.core.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import org.jspecify.annotations.Nullable;

/** Where a listing continues. */
sealed interface ListingCursor {
    /**
     * In the store alone: nothing is archived under the prefix.
     *
     * @param cursor the store's
     */
    record Store(String cursor) implements ListingCursor {
        @Override
        public String toString() {
            return "s" + cursor;
        }
    }

    /**
     * In both.
     *
     * @param last the entry after which it continues
     * @param exhausted whether the store has no more entries
     * @param next the store's next entry, if it is known: until then, it need not be asked
     */
    record Both(String last, boolean exhausted, @Nullable String next) implements ListingCursor {
        @Override
        public String toString() {
            String rest = exhausted ? "e" : next == null ? "u" : "n" + next;
            return "b" + last.length() + ":" + last + rest;
        }
    }

    /** Reads what {@link Object#toString} of one has returned. */
    static ListingCursor parse(String text) throws StoreException {
        int colon = text.indexOf(':');
        try {
            if (text.startsWith("s")) {
                return new Store(text.substring(1));
            }
            if (text.startsWith("b") && colon > 0) {
                int end = colon + 1 + Integer.parseInt(text.substring(1, colon));
                String last = text.substring(colon + 1, end);
                return switch (text.charAt(end)) {
                    case 'e' -> new Both(last, true, null);
                    case 'n' -> new Both(last, false, text.substring(end + 1));
                    default -> new Both(last, false, null);
                };
            }
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw new StoreException(Failure.INTERNAL, "not a cursor of a listing: " + text, e);
        }
        throw new StoreException(Failure.INTERNAL, "not a cursor of a listing: " + text);
    }
}
