package dev.slipway.core.event;

import dev.slipway.core.Protocol;
import java.net.InetAddress;
import org.slf4j.MDC;

/**
 * The client that caused an event.
 *
 * @param session identifies the session within a gateway's run
 * @param protocol how the client is connected
 * @param address its address, as far as the gateway can see
 * @param account the account that it logged in to
 */
public record Client(String session, Protocol protocol, InetAddress address, String account) {
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
