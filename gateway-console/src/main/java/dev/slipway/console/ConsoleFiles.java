package dev.slipway.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of the web console, which the build has made from the sources in {@code web}. Read once, at the start: a few
 * hundred kilobytes. Each is there as it is and compressed ahead of time.
 *
 * @param files by their path below the console's own, such as {@code index.html}; empty if the console was not built
 */
public record ConsoleFiles(Map<String, ConsoleFile> files) {
    /** The page; all others have names that contain a digest of their content. */
    public static final String PAGE = "index.html";

    private static final String FOLDER = "files/";
    private static final String LIST = FOLDER + "list.txt";

    public ConsoleFiles {
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /**
     * A file.
     *
     * @param type its media type
     * @param digest of its content, for an entity tag
     * @param plain its bytes; must not be changed
     * @param gzip likewise, compressed
     * @param brotli likewise
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record ConsoleFile(String type, String digest, byte[] plain, byte[] gzip, byte[] brotli) {}

    /** Reads all files. Blocks for that. */
    public static ConsoleFiles read() {
        Map<String, ConsoleFile> files = new LinkedHashMap<>();
        for (String line : list()) {
            String[] words = line.split(" ", 3);
            files.put(
                    words[0],
                    new ConsoleFile(
                            words[2], words[1], bytes(words[0]), bytes(words[0] + ".gz"), bytes(words[0] + ".br")));
        }
        return new ConsoleFiles(files);
    }

    /** Whether there is a console: it was not built if the machine that built the gateway has no Node.js. */
    public boolean isBuilt() {
        return files.containsKey(PAGE);
    }

    private static List<String> list() {
        try (InputStream in = ConsoleFiles.class.getResourceAsStream(LIST)) {
            return in == null
                    ? List.of()
                    : new ArrayList<>(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(String name) {
        try (InputStream in = ConsoleFiles.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("the console's file " + name + " is missing from the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
