package dev.slipway.app;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;

/** Configured ports are not available. */
public final class PortsTakenException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A port that is not available.
     *
     * @param number the port
     * @param reason what the operating system says
     */
    public record TakenPort(int number, String reason) {}

    private final transient Map<String, TakenPort> ports;

    PortsTakenException(Map<String, TakenPort> ports) {
        super(ports.entrySet().stream()
                .map(entry -> entry.getKey() + ": cannot listen on port "
                        + entry.getValue().number() + " (" + entry.getValue().reason() + ")")
                .collect(Collectors.joining("; ")));
        this.ports = Map.copyOf(ports);
    }

    /** The ports by setting, such as {@code ftps.explicitPort}. */
    public Map<String, TakenPort> ports() {
        return ports;
    }
}
