package dev.slipway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client program with its arguments, before it is started.
 *
 * <p>The program gets an empty home folder, so that a user's settings do not change the test ({@code ssh} finds its
 * home in another way: give it {@code -F none}), no proxy settings, and an empty standard input unless {@link #input}
 * sets one. Settings of AWS and rclone in the environment of this process are not passed on.
 */
public final class ClientCommand {
    private final Path program;
    private final List<String> arguments;
    private final Map<String, String> environment = new HashMap<>();
    private String input = "";
    private @Nullable Path folder;

    ClientCommand(Path program, List<String> arguments) {
        this.program = program;
        this.arguments = arguments;
    }

    /** Runs the program in this folder; otherwise in its empty home folder. */
    public ClientCommand in(Path workingFolder) {
        folder = workingFolder;
        return this;
    }

    /** Sets an environment variable of the program. */
    public ClientCommand environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Sets the program's standard input. */
    public ClientCommand input(String text) {
        input = text;
        return this;
    }

    /**
     * Runs the program to its end.
     *
     * @throws AssertionError if it takes longer; the program is then killed, and the message contains its output
     */
    public ClientResult run(Duration timeout) throws InterruptedException {
        try (RunningClient client = start()) {
            return client.await(timeout);
        }
    }

    /** Starts the program. The caller closes the result. */
    public RunningClient start() {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(arguments);
        try {
            Path home = Files.createTempDirectory("slipway-client");
            Path stdin = Files.writeString(home.resolve(".stdin"), input, StandardCharsets.UTF_8);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory((folder == null ? home : folder).toFile())
                    .redirectInput(stdin.toFile())
                    .redirectOutput(home.resolve(".stdout").toFile())
                    .redirectError(home.resolve(".stderr").toFile());
            Map<String, String> variables = builder.environment();
            variables.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
            variables
                    .keySet()
                    .removeIf(name -> name.startsWith("XDG_") || name.startsWith("RCLONE_") || name.startsWith("AWS_"));
            variables.put("HOME", home.toString());
            variables.put("LC_ALL", "C.UTF-8");
            variables.putAll(environment);
            return new RunningClient(builder.start(), String.join(" ", command), home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
