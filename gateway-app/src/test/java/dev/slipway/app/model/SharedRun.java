package dev.slipway.app.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.store.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Several concurrent clients on the same paths. Their answers depend on each other, but some things never happen: a
 * file with bytes that were not written together, and files that disappear without being removed.
 *
 * <p>Some paths are only ever replaced, and so always exist; two others are renamed to each other; and a directory,
 * which alternates between two names, gets new files.
 */
final class SharedRun {
    /** These are replaced, and never renamed or deleted. */
    static final List<String> STEADY = List.of("/a", "/a b", "/ab");

    /** These are renamed to each other: one of them exists. */
    static final List<String> MOVING = List.of("/m", "/n");

    /** The two names of one directory. */
    static final List<String> DIRECTORIES = List.of("/d", "/e");

    private static final String NEW = "/new";

    private final Site site;
    private final String directory;
    private final AtomicInteger serial = new AtomicInteger();
    private final Set<String> written = ConcurrentHashMap.newKeySet();
    private final Map<String, String> added = new ConcurrentHashMap<>();

    SharedRun(Site site) {
        this.site = site;
        this.directory = site.newDirectory();
    }

    /** Runs programs concurrently, with a client for each. */
    void run(List<List<Step>> programs) throws IOException, InterruptedException {
        try (FileClient client = new SftpFiles(site)) {
            answer(client, new Step(Protocol.SFTP, Verb.MKDIR, "", "", 0), new byte[0]);
            answer(client, new Step(Protocol.SFTP, Verb.MKDIR, DIRECTORIES.getFirst(), "", 0), new byte[0]);
            for (String path : List.of("/a", "/a b", "/ab", "/m", "/n")) {
                perform(client, new Step(Protocol.SFTP, Verb.PUT, path, "", 100));
            }
        }
        Concurrently.run(programs.stream()
                .<Concurrently.Task>map(program -> () -> perform(program))
                .toList());
        compareInTheEnd();
    }

    private void perform(List<Step> program) throws IOException {
        try (FileClient sftp = new SftpFiles(site);
                FileClient ftps = new FtpsFiles(site)) {
            for (Step step : program) {
                perform(step.protocol() == Protocol.SFTP ? sftp : ftps, step);
            }
        }
    }

    private void perform(FileClient client, Step step) throws IOException {
        boolean steady = STEADY.contains(step.path());
        boolean inDirectory = DIRECTORIES.contains(step.path());
        switch (step.verb()) {
            case PUT -> {
                int number = serial.incrementAndGet();
                byte[] content = Bytes.random(number, step.number());
                String bytes = Answers.bytes(content);
                if (inDirectory) {
                    String name = NEW + number;
                    Step put = new Step(step.protocol(), Verb.PUT, step.path() + name, "", step.number());
                    // The directory may already have its other name, or be about to get it.
                    if (expect(client, put, content, Failure.NOT_FOUND, Failure.BUSY)) {
                        added.put(name, bytes);
                    }
                } else {
                    written.add(bytes);
                    assertThat(expect(client, step, content)).isTrue();
                }
            }
            case GET -> {
                String answer = answer(client, step, new byte[0]);
                if (!isRefused(step, answer, Failure.CONFLICT)
                        && (steady || !isRefused(step, answer, Failure.NOT_FOUND))) {
                    assertThat(written).as(step.toString()).contains(answer);
                }
            }
            case STAT -> {
                String answer = answer(client, step, new byte[0]);
                if (steady || !isRefused(step, answer, Failure.NOT_FOUND)) {
                    assertThat(answer)
                            .as(step.toString())
                            .startsWith("file of ")
                            .endsWith(", now");
                }
            }
            case LIST -> {
                String answer = answer(client, step, new byte[0]);
                STEADY.forEach(path -> assertThat(answer).contains("'" + path.substring(1) + "': file of "));
            }
            case COPY -> expect(client, step, new byte[0], Failure.CONFLICT);
            case REPLACE -> expect(client, step, new byte[0], Failure.NOT_FOUND, Failure.CONFLICT);
            default -> throw new IllegalArgumentException(step.toString());
        }
    }

    /** Performs a step, which may fail only in some ways. Returns whether it succeeded. */
    private boolean expect(FileClient client, Step step, byte[] content, Failure... allowed) throws IOException {
        String answer = answer(client, step, content);
        for (Failure failure : allowed) {
            if (isRefused(step, answer, failure)) {
                return false;
            }
        }
        assertThat(answer).as(step.toString()).isEqualTo(Answers.OK);
        return true;
    }

    private static boolean isRefused(Step step, String answer, Failure failure) {
        return answer.equals(step.protocol().refusal(failure));
    }

    private String answer(FileClient client, Step step, byte[] content) throws IOException {
        try {
            Step onServer = new Step(
                    step.protocol(), step.verb(), directory + step.path(), directory + step.target(), step.number());
            return client.perform(onServer, content, () -> {});
        } catch (RefusedException e) {
            return Answers.refused(e.code());
        }
    }

    private String get(FileClient client, String path) throws IOException {
        return answer(client, new Step(Protocol.SFTP, Verb.GET, path, "", 0), new byte[0]);
    }

    private void compareInTheEnd() throws IOException {
        try (FileClient client = new SftpFiles(site)) {
            for (String path : STEADY) {
                assertThat(written).contains(get(client, path));
            }
            assertThat(MOVING.stream().map(path -> directory + path)).anyMatch(this::isThere);
            for (String path : MOVING) {
                String answer = get(client, path);
                if (!answer.equals(Protocol.SFTP.refusal(Failure.NOT_FOUND))) {
                    assertThat(written).contains(answer);
                }
            }
            String place = DIRECTORIES.stream()
                    .filter(path -> isThere(directory + path))
                    .reduce((one, other) -> {
                        throw new AssertionError("the directory is at both places");
                    })
                    .orElseThrow(() -> new AssertionError("the directory has gone"));
            for (Map.Entry<String, String> file : added.entrySet()) {
                assertThat(get(client, place + file.getKey())).as(file.getKey()).isEqualTo(file.getValue());
            }
        }
    }

    private boolean isThere(String path) {
        Set<String> keys = site.keysBelow(directory);
        String key = path.substring(1);
        return keys.stream().anyMatch(present -> present.equals(key) || present.startsWith(key + "/"));
    }
}
