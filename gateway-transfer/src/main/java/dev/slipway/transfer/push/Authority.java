package dev.slipway.transfer.push;

/**
 * The party on whose behalf files are sent. It is stored with the job, and its permissions are looked up again at each
 * attempt.
 */
public sealed interface Authority {
    /** Somebody who orders on the gateway's own machine, with an administrator's token, or through RabbitMQ. */
    record Administrator() implements Authority {
        @Override
        public String toString() {
            return "administrator";
        }
    }

    /** A token that may order transfers and nothing more. */
    record Operator() implements Authority {
        @Override
        public String toString() {
            return "operator";
        }
    }

    /** An account, with its rights at that moment. */
    record OfAccount(String name) implements Authority {
        @Override
        public String toString() {
            return "account " + name;
        }
    }

    /** Reads what {@code toString} writes. */
    static Authority parse(String text) {
        return switch (text) {
            case "administrator" -> new Administrator();
            case "operator" -> new Operator();
            default -> new OfAccount(text.substring("account ".length()));
        };
    }
}
