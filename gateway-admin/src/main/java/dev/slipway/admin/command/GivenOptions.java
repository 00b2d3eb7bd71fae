package dev.slipway.admin.command;

import dev.slipway.core.FieldProblem;
import dev.slipway.transfer.json.JsonBody;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The options of one command, as the JSON of the specification that they set: so commands and JSON have the same parser.
 * Problems with fields are told as those of options.
 */
final class GivenOptions {
    private final CommandContext context;
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();
    private final Map<String, Typed> typed = new HashMap<>();

    /**
     * What was typed for a field.
     *
     * @param option the option, or the name of the parameter
     * @param texts one for each element, or one for all
     * @param words what else could have been typed: {@code , all or none}
     */
    private record Typed(String option, List<String> texts, String words) {}

    GivenOptions(CommandContext context) {
        this.context = context;
    }

    boolean isEmpty() {
        return json.isEmpty();
    }

    /** A text, which may be missing. */
    GivenOptions text(String field, String option, @Nullable String text) {
        return text(field, option, text, null);
    }

    /** @param byDefault the word for the default; null if there is none */
    GivenOptions text(String field, String option, @Nullable String text, @Nullable String byDefault) {
        if (text != null) {
            typed.put(field, new Typed(option, List.of(text), words(byDefault, null)));
            json.put(field, text.equals(byDefault) ? null : text);
        }
        return this;
    }

    /** A whole number, which may be missing. */
    GivenOptions number(String field, String option, @Nullable Integer number) {
        return number == null ? this : number(field, option, number.toString(), null);
    }

    /** @param byDefault the word for the default; null if there is none */
    GivenOptions number(String field, String option, @Nullable String text, @Nullable String byDefault) {
        GivenOptions _ = text(field, option, text, byDefault);
        if (text != null && text.matches("-?\\d{1,9}")) {
            json.put(field, Integer.parseInt(text));
        }
        return this;
    }

    /** Yes or no. */
    GivenOptions flag(String field, String option, boolean flag) {
        typed.put(field, new Typed(option, List.of(String.valueOf(flag)), ""));
        json.put(field, flag);
        return this;
    }

    /** A list separated by commas, which may be missing. */
    GivenOptions list(
            String field, String option, @Nullable String text, @Nullable String byDefault, @Nullable String none) {
        if (text != null) {
            typed.put(field, new Typed(option, List.of(text), words(byDefault, none)));
            if (text.equals(byDefault)) {
                json.putNull(field);
            } else {
                ArrayNode array = json.putArray(field);
                if (!text.equals(none)) {
                    Arrays.stream(text.split(",", -1)).map(String::strip).forEach(array::add);
                }
            }
        }
        return this;
    }

    /** Several texts; none means that the option is missing. */
    GivenOptions list(String field, String option, List<String> texts) {
        if (!texts.isEmpty()) {
            ArrayNode array = array(field, option, texts);
            texts.forEach(array::add);
        }
        return this;
    }

    /** Several texts, whose parsed forms are to be added. */
    ArrayNode array(String field, String option, List<String> texts) {
        typed.put(field, new Typed(option, List.copyOf(texts), ""));
        return json.putArray(field);
    }

    private static String words(@Nullable String first, @Nullable String second) {
        if (first == null) {
            return second == null ? "" : ", or " + second;
        }
        return second == null ? ", or " + first : ", " + first + " or " + second;
    }

    /** Reads the options into a new specification. */
    JsonBody body() {
        return JsonBody.strict(json);
    }

    /** Fails if there are problems. */
    void check(List<FieldProblem> problems) {
        if (!problems.isEmpty()) {
            throw wrong(problems);
        }
    }

    /** What is wrong, by option. */
    ParameterException wrong(List<FieldProblem> problems) {
        return context.wrong(problems.stream().map(this::explain).collect(Collectors.joining(System.lineSeparator())));
    }

    private String explain(FieldProblem problem) {
        String field = problem.field().replaceFirst("[\\[.].*", "");
        Typed found = typed.get(field);
        if (found == null) {
            String option = "--" + field.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            return option + ": " + problem.detail() + "; expected " + problem.expected();
        }
        String index = problem.field().replaceFirst("^[^\\[]*(\\[(\\d+)])?.*", "$2");
        String text = found.texts().get(index.isEmpty() || found.texts().size() == 1 ? 0 : Integer.parseInt(index));
        return found.option() + " '" + text + "': " + problem.detail() + "; expected " + problem.expected()
                + found.words();
    }
}
