package dev.slipway.core.store.doctor;

import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which keys the store takes, and keeps as they are. */
final class KeyProbe implements CapabilityProbe {
    /** The longest key of S3, in bytes. */
    private static final int LONGEST_KEY = 1024;

    /** The longest name on most disks, in bytes. */
    private static final int LONG_NAME = 255;

    /** The length of each directory's name in a deep key. */
    private static final int DIRECTORY_NAME = 99;

    private final ProbeRequests requests;
    private final Findings findings;

    KeyProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        String refusedName = "An upload with such a name is refused, with a message that says so.";
        write(Check.KEY_LONG_NAME, "long/", List.of("n".repeat(LONG_NAME)), refusedName);
        write(Check.KEY_LONGER_NAME, "longer/", List.of("n".repeat(LONG_NAME + 1)), refusedName);
        write(
                Check.KEY_LENGTH,
                "deep/",
                List.of(deepName(LONGEST_KEY - keyOf("deep/").length())),
                refusedName);
        write(
                Check.KEY_BESIDE_DIRECTORY,
                "beside/",
                List.of("a", "a/b"),
                "A file and a directory cannot have the same name, as on a disk. Slipway refuses to create the second"
                        + " one.");
        String notOurs = "Slipway neither writes such keys nor shows those of other programs.";
        write(Check.KEY_EMPTY_NAME, "empty/", List.of("a//b"), notOurs);
        // If a store turns this into a path, it stays below the probe's own prefix.
        write(Check.KEY_DOT_NAMES, "dots/", List.of("a/./b", "a/../c"), notOurs);
        findings.check(Check.MARKER_CONTENT, this::writeMarker);
    }

    private String keyOf(String name) {
        return requests.key(name).key();
    }

    private static String deepName(int length) {
        int step = DIRECTORY_NAME + 1;
        String directories = ("d".repeat(DIRECTORY_NAME) + "/").repeat(length / step);
        return (directories + "d".repeat(Math.max(1, length % step))).substring(0, length);
    }

    /** Writes objects, and checks whether they are listed under their own keys. */
    private void write(Check check, String directory, List<String> names, String consequence) {
        findings.check(check, () -> {
            for (String name : names) {
                Optional<StoreException> refused =
                        Refusals.of(() -> requests.put(directory + name, ProbeContent.OTHER));
                if (refused.isPresent()) {
                    findings.add(check, Level.DIFFERS, Refusals.answer(refused.get()), consequence);
                    // versitygw has made the directory by now, and removes it with its last object.
                    requests.put(directory + "last", ProbeContent.OTHER);
                    return;
                }
            }
            List<String> expected =
                    names.stream().map(name -> keyOf(directory + name)).sorted().toList();
            List<String> listed = requests.list(directory, null, ProbeRequests.PAGE).objects().stream()
                    .map(object -> object.key().key())
                    .sorted()
                    .toList();
            if (listed.equals(expected)) {
                findings.works(check, "yes");
            } else {
                findings.add(check, Level.DIFFERS, "stored as " + stored(keyOf(directory), listed), consequence);
            }
        });
    }

    private static String stored(String prefix, List<String> keys) {
        return keys.isEmpty()
                ? "nothing"
                : keys.stream()
                        .map(key -> key.substring(Math.min(key.length(), prefix.length())))
                        .collect(Collectors.joining(" and "));
    }

    private void writeMarker() throws StoreException {
        Optional<StoreException> refused = Refusals.of(() -> requests.put("marker/", ProbeContent.SMALL));
        if (refused.isEmpty() && requests.head("marker/").size() == ProbeContent.SMALL.length) {
            findings.works(Check.MARKER_CONTENT, "yes");
        } else {
            findings.add(
                    Check.MARKER_CONTENT,
                    Level.DIFFERS,
                    refused.map(Refusals::answer).orElse("it drops the content"),
                    "Slipway's own markers of directories are empty.");
        }
    }
}
