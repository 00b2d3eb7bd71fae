package dev.slipway.app;

import dev.slipway.core.net.PortRange;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of a demo.
 *
 * @param data the folder for everything that is kept
 * @param explicitPort of FTPS; 0 for a free one
 * @param implicitPort of FTPS; 0 for a free one
 * @param passivePorts of FTPS
 * @param sftpPort 0 for a free one
 * @param storePort of the embedded S3 store; 0 for a free one
 * @param adminPort of metrics and health; 0 for a free one, -1 for none
 * @param user null for the previous one
 * @param password null for the previous one
 */
record DemoOptions(
        Path data,
        int explicitPort,
        int implicitPort,
        PortRange passivePorts,
        int sftpPort,
        int storePort,
        int adminPort,
        @Nullable String user,
        @Nullable String password) {
    static final String EXPLICIT_PORT = "--ftp-port";
    static final String IMPLICIT_PORT = "--ftps-port";
    static final String PASSIVE_PORTS = "--passive-ports";
    static final String SFTP_PORT = "--sftp-port";
    static final String STORE_PORT = "--s3-port";
    static final String ADMIN_PORT = "--admin-port";

    /** Parses options, and adds a line for each invalid one. */
    static @Nullable DemoOptions parse(Map<String, String> texts, List<String> problems) {
        int before = problems.size();
        Path data = parseData(texts.getOrDefault("--data", ""), problems);
        Map<String, Integer> ports = new LinkedHashMap<>();
        for (String option : List.of(EXPLICIT_PORT, IMPLICIT_PORT, SFTP_PORT, STORE_PORT)) {
            ports.put(option, parsePort(option, texts.getOrDefault(option, ""), problems));
        }
        if (texts.containsKey(ADMIN_PORT)) {
            ports.put(ADMIN_PORT, parsePort(ADMIN_PORT, texts.getOrDefault(ADMIN_PORT, ""), problems));
        }
        PortRange passive = parsePassive(texts.getOrDefault(PASSIVE_PORTS, ""), problems);
        checkDistinct(ports, passive, problems);
        String user = texts.get("--user");
        if (user != null && !user.matches("[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")) {
            problems.add("--user '" + user + "': letters, digits and . _ @ + - are allowed, at most 64, a letter or"
                    + " digit first");
        }
        String password = texts.get("--password");
        if (password != null
                && (password.isEmpty()
                        || password.length() > 128
                        || password.chars().anyMatch(c -> c < ' ' || c == 127))) {
            problems.add("the password: 1 to 128 characters are allowed, and no control characters");
        }
        if (problems.size() > before || data == null || passive == null) {
            return null;
        }
        return new DemoOptions(
                data,
                ports.getOrDefault(EXPLICIT_PORT, 0),
                ports.getOrDefault(IMPLICIT_PORT, 0),
                passive,
                ports.getOrDefault(SFTP_PORT, 0),
                ports.getOrDefault(STORE_PORT, 0),
                ports.getOrDefault(ADMIN_PORT, -1),
                user,
                password);
    }

    private static @Nullable Path parseData(String text, List<String> problems) {
        try {
            if (!text.isBlank()) {
                return Path.of(text).toAbsolutePath().normalize();
            }
        } catch (InvalidPathException e) {
            // Reported below, like a blank one.
        }
        problems.add("--data '" + text + "': expected the name of a folder");
        return null;
    }

    private static int parsePort(String option, String text, List<String> problems) {
        if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= 65_535) {
            return Integer.parseInt(text);
        }
        problems.add(option + " '" + text + "': expected a port from 1 to 65535, or 0 for any free port");
        return 0;
    }

    private static @Nullable PortRange parsePassive(String text, List<String> problems) {
        try {
            return PortRange.parse(text);
        } catch (IllegalArgumentException e) {
            problems.add(PASSIVE_PORTS + " '" + text + "': " + e.getMessage() + " is needed");
            return null;
        }
    }

    private static void checkDistinct(Map<String, Integer> ports, @Nullable PortRange passive, List<String> problems) {
        List<String> seen = new ArrayList<>();
        ports.forEach((option, port) -> {
            for (String other : seen) {
                if (port != 0 && port.equals(ports.get(other))) {
                    problems.add(option + " " + port + ": is also " + other);
                }
            }
            if (passive != null && passive.contains(port)) {
                problems.add(option + " " + port + ": lies in " + PASSIVE_PORTS + " " + passive);
            }
            seen.add(option);
        });
    }
}
