package dev.slipway.core.event;

import dev.slipway.core.Protocol;
import java.net.InetAddress;
import org.slf4j.MDC;

/**
 * The client that caused an event; for work of the gateway's own, such as a pull, the gateway itself.
 *
 * @param session identifies the session, or the run of a pull or watch, within a gateway's run
 * @param origin how the client is connected, or what the gateway does
 * @param address its address, as far as the gateway can see; of the gateway itself, the loopback address
 * @param account the account that it logged in to; see {@link dev.slipway.core.vfs.OwnWork} for the gateway's own work
 */
public record Client(String session, Origin origin, InetAddress address, String account) {
    /** A client that is connected by a protocol. */
    public Client(String session, Protocol protocol, InetAddress address, String account) {
        this(session, Origin.of(protocol), address, account);
    }

    /**
     * Puts {@code session}, {@code address} and {@code account} into the logging context (MDC) of the current thread
     * permanently. For threads that serve only this client.
     */
    public void markThread() {
        MDC.put("session", session);
        MDC.put("address", address.getHostAddress());
        MDC.put("account", account);
    }
}
