package dev.slipway.app.model;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;

/**
 * Random programs. There are few names and paths, so that steps interact; each program shrinks to fewer and simpler
 * steps.
 */
final class Programs {
    private static final int PART = ReferenceFileSystem.PART;
    private static final int LONGEST = 40;

    /** Uniform: otherwise small numbers and short lists would dominate. */
    private static final RandomDistribution EVEN = RandomDistribution.uniform();

    private Programs() {}

    /** Programs of up to 45 steps, with faults between them. */
    static Arbitrary<List<Draft>> any() {
        Arbitrary<List<Draft>> beginning = Combinators.combine(protocols(), paths())
                .as((protocol, path) -> new Draft(new Step(protocol, Verb.MKDIR, path, "", 0), 0))
                .list()
                .ofMinSize(0)
                .ofMaxSize(5);
        Arbitrary<List<Draft>> rest = Arbitraries.frequencyOf(
                Tuple.of(3, steps(verbs(), numbers()).list().ofMaxSize(LONGEST).withSizeDistribution(EVEN)),
                Tuple.of(
                        1,
                        steps(interruptions(), parts())
                                .list()
                                .ofMaxSize(LONGEST / 2)
                                .withSizeDistribution(EVEN)));
        return Combinators.combine(beginning, rest).as((first, second) -> {
            List<Draft> all = new ArrayList<>(first);
            all.addAll(second);
            return all;
        });
    }

    /** Programs that do not disturb the gateway and the store, since others use them at the same time. */
    static Arbitrary<List<Draft>> peaceful() {
        return any().map(program -> program.stream()
                .filter(draft -> switch (draft.step().verb()) {
                    case RESTART, CUT_BY_RESTART, HICCUP, OUTAGE -> false;
                    default -> true;
                })
                .toList());
    }

    /** Programs for a gateway that is killed: at the end, and once or twice before, since restarting takes seconds. */
    static Arbitrary<List<Draft>> killing() {
        return any().map(program -> {
            List<Draft> all = new ArrayList<>();
            int kills = 0;
            for (Draft draft : program) {
                Verb verb = draft.step().verb();
                boolean kill = verb == Verb.RESTART || verb == Verb.CUT_BY_RESTART;
                if (verb != Verb.OUTAGE && (!kill || kills < 2)) {
                    all.add(draft);
                    kills += kill ? 1 : 0;
                }
            }
            all.add(new Draft(new Step(Protocol.SFTP, Verb.RESTART, "", "", 0), 0));
            return all;
        });
    }

    /** Programs on the paths of {@link SharedRun}. */
    static Arbitrary<List<Step>> shared() {
        Arbitrary<String> steady = Arbitraries.of(SharedRun.STEADY);
        Arbitrary<String> moving = Arbitraries.of(SharedRun.MOVING);
        Arbitrary<String> directories = Arbitraries.of(SharedRun.DIRECTORIES);
        Arbitrary<Integer> sizes = Arbitraries.frequencyOf(
                Tuple.of(20, Arbitraries.integers().between(1, 100_000)), Tuple.of(1, Arbitraries.just(PART + 1)));
        return Arbitraries.frequencyOf(
                        Tuple.of(6, shared(Verb.PUT, steady, steady, sizes)),
                        Tuple.of(2, shared(Verb.PUT, moving, moving, sizes)),
                        Tuple.of(4, shared(Verb.PUT, directories, directories, sizes)),
                        Tuple.of(6, shared(Verb.GET, steady, steady, sizes)),
                        Tuple.of(2, shared(Verb.GET, moving, moving, sizes)),
                        Tuple.of(2, shared(Verb.STAT, steady, steady, sizes)),
                        Tuple.of(2, shared(Verb.LIST, Arbitraries.just(""), steady, sizes)),
                        Tuple.of(1, shared(Verb.COPY, Arbitraries.just("/a"), Arbitraries.of("/a b", "/ab"), sizes)),
                        Tuple.of(3, shared(Verb.REPLACE, moving, moving, sizes)),
                        Tuple.of(2, shared(Verb.REPLACE, directories, directories, sizes)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(12)
                .withSizeDistribution(EVEN);
    }

    private static Arbitrary<Step> shared(
            Verb verb, Arbitrary<String> paths, Arbitrary<String> targets, Arbitrary<Integer> sizes) {
        return Combinators.combine(protocols(), paths, targets, sizes)
                .as((protocol, path, target, size) -> new Step(protocol, verb, path, target, size));
    }

    private static Arbitrary<Protocol> protocols() {
        return Arbitraries.of(Protocol.values());
    }

    /**
     * Prefixes of each other, characters that are special in URLs, shells, FTP and XML, and one letter in two Unicode
     * forms.
     */
    private static Arbitrary<String> names() {
        return Arbitraries.frequency(
                Tuple.of(8, "a"),
                Tuple.of(5, "b"),
                Tuple.of(2, "a b"),
                Tuple.of(2, "ab"),
                Tuple.of(1, "\u00e9"),
                Tuple.of(1, "e\u0301"),
                Tuple.of(1, "it's \"<&>\""),
                Tuple.of(1, "a+%41*?[]"));
    }

    private static Arbitrary<String> paths() {
        Arbitrary<String> few = Arbitraries.frequency(
                Tuple.of(6, "/a"),
                Tuple.of(5, "/b"),
                Tuple.of(4, "/a/a"),
                Tuple.of(4, "/a/b"),
                Tuple.of(3, "/b/a"),
                Tuple.of(1, "/ab"),
                Tuple.of(1, "/a b"),
                Tuple.of(2, "/a/b/a"),
                Tuple.of(2, "/a/b/a/b"));
        Arbitrary<String> any = Arbitraries.of(1, 1, 2, 2, 3, 6)
                .flatMap(depth -> names().list().ofSize(depth))
                .map(segments -> "/" + String.join("/", segments));
        return Arbitraries.frequencyOf(Tuple.of(5, few), Tuple.of(1, any));
    }

    /** Sizes, offsets and similar numbers. */
    private static Arbitrary<Integer> numbers() {
        return Arbitraries.frequencyOf(
                Tuple.of(10, Arbitraries.just(0)),
                Tuple.of(60, Arbitraries.integers().between(1, 2000).withDistribution(EVEN)),
                Tuple.of(8, Arbitraries.integers().between(2001, 300_000)),
                Tuple.of(2, Arbitraries.of(PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1)),
                Tuple.of(2, Arbitraries.integers().between(PART, 12 << 20)));
    }

    private static Arbitrary<Verb> verbs() {
        return Arbitraries.frequency(
                Tuple.of(14, Verb.PUT),
                Tuple.of(3, Verb.PUT_NEW),
                Tuple.of(5, Verb.CUT),
                Tuple.of(2, Verb.CUT_NEW),
                Tuple.of(1, Verb.CUT_BY_RESTART),
                Tuple.of(2, Verb.ABORT),
                Tuple.of(6, Verb.RESUME),
                Tuple.of(2, Verb.RESUME_CUT),
                Tuple.of(3, Verb.RESUME_AT),
                Tuple.of(5, Verb.GET),
                Tuple.of(3, Verb.GET_FROM),
                Tuple.of(7, Verb.STAT),
                Tuple.of(1, Verb.SIZE),
                Tuple.of(1, Verb.TIME),
                Tuple.of(6, Verb.LIST),
                Tuple.of(14, Verb.MKDIR),
                Tuple.of(6, Verb.RMDIR),
                Tuple.of(7, Verb.DELETE),
                Tuple.of(5, Verb.RENAME),
                Tuple.of(12, Verb.REPLACE),
                Tuple.of(6, Verb.TOUCH),
                Tuple.of(5, Verb.COPY),
                Tuple.of(2, Verb.COPY_NEW),
                Tuple.of(3, Verb.COPY_DATA),
                Tuple.of(4, Verb.CHECKSUM),
                Tuple.of(1, Verb.RECONNECT),
                Tuple.of(1, Verb.RESTART),
                Tuple.of(6, Verb.HICCUP),
                Tuple.of(1, Verb.OUTAGE));
    }

    /** Steps on uploads of which the store has parts. */
    private static Arbitrary<Verb> interruptions() {
        return Arbitraries.frequency(
                Tuple.of(6, Verb.PUT),
                Tuple.of(1, Verb.PUT_NEW),
                Tuple.of(10, Verb.CUT),
                Tuple.of(4, Verb.CUT_NEW),
                Tuple.of(1, Verb.CUT_BY_RESTART),
                Tuple.of(1, Verb.ABORT),
                Tuple.of(5, Verb.RESUME),
                Tuple.of(4, Verb.RESUME_CUT),
                Tuple.of(4, Verb.RESUME_AT),
                Tuple.of(2, Verb.GET),
                Tuple.of(4, Verb.STAT),
                Tuple.of(1, Verb.LIST),
                Tuple.of(6, Verb.MKDIR),
                Tuple.of(2, Verb.RMDIR),
                Tuple.of(2, Verb.DELETE),
                Tuple.of(2, Verb.RENAME),
                Tuple.of(6, Verb.REPLACE),
                Tuple.of(1, Verb.TOUCH),
                Tuple.of(2, Verb.COPY),
                Tuple.of(1, Verb.COPY_DATA),
                Tuple.of(1, Verb.RESTART),
                Tuple.of(2, Verb.HICCUP),
                Tuple.of(1, Verb.OUTAGE));
    }

    /** Sizes of which the store may have a part, and others. */
    private static Arbitrary<Integer> parts() {
        return Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.integers().between(0, 1000)),
                Tuple.of(1, Arbitraries.of(PART, 2 * PART)),
                Tuple.of(3, Arbitraries.integers().between(PART + 1, 12 << 20)));
    }

    private static Arbitrary<Draft> steps(Arbitrary<Verb> verbs, Arbitrary<Integer> numbers) {
        Arbitrary<Integer> luck = Arbitraries.integers().between(0, 10_000).withDistribution(EVEN);
        return Combinators.combine(protocols(), verbs, paths(), paths(), numbers, luck)
                .as((protocol, verb, path, target, number, chance) ->
                        new Draft(step(protocol, verb, path, target, number), chance));
    }

    private static Step step(Protocol protocol, Verb verb, String path, String target, int number) {
        Protocol known = verb.isKnownTo(protocol) ? protocol : other(protocol);
        return switch (verb) {
            case PUT, PUT_NEW, ABORT, RESUME, RESUME_CUT, RESUME_AT, GET_FROM ->
                new Step(known, verb, path, "", number);
            // Half of them are long enough to be kept.
            case CUT, CUT_NEW, CUT_BY_RESTART ->
                new Step(known, verb, path, "", number > 1000 && number < 2001 ? PART + number : number);
            // At least a day after 1970.
            case TOUCH -> new Step(known, verb, path, "", 86_400 + number);
            case RENAME, REPLACE, COPY, COPY_NEW, COPY_DATA -> new Step(known, verb, path, target, 0);
            case GET, STAT, SIZE, TIME, LIST, MKDIR, RMDIR, DELETE, CHECKSUM -> new Step(known, verb, path, "", 0);
            case RECONNECT, RESTART, OUTAGE -> new Step(known, verb, "", "", 0);
            case HICCUP -> new Step(known, verb, "", "", number % 6);
        };
    }

    private static Protocol other(Protocol protocol) {
        return protocol == Protocol.SFTP ? Protocol.FTPS : Protocol.SFTP;
    }
}
