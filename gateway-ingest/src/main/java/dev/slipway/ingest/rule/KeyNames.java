package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.openpgp.KeyUse;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The names of keys in the settings of steps. */
final class KeyNames {
    private KeyNames() {}

    /** Reports an empty list of names. */
    static void require(Problems problems, String setting, List<String> names, String expected) {
        if (names.isEmpty()) {
            problems.add(setting, null, expected);
        }
    }

    static List<KeyUse> uses(String setting, List<String> names, KeyUse.Purpose purpose) {
        return IntStream.range(0, names.size())
                .mapToObj(i -> new KeyUse(setting + "[" + i + "]", names.get(i), purpose))
                .toList();
    }

    static List<KeyUse> use(String setting, @Nullable String name, KeyUse.Purpose purpose) {
        return name == null ? List.of() : List.of(new KeyUse(setting, name, purpose));
    }

    /** For people. */
    static String join(List<String> names) {
        return String.join(", ", names);
    }
}
