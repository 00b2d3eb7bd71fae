package dev.slipway.core.event;

import dev.slipway.core.Protocol;
import java.net.InetAddress;
import org.slf4j.MDC;

/**
 * Who did something.
 *
 * @param session tells the sessions of a gateway's run apart
 * @param protocol how the client is connected
 * @param address where it is, as far as the gateway can see
 * @param account the name it logged in with
 */
public record Client(String session, Protocol protocol, InetAddress address, String account) {
    /**
     * Puts {@code session}, {@code address} and {@code account} into the logging context (MDC) of the current thread for
     * as long as that lives. For threads that serve nobody else.
     */
    public void markThread() {
        MDC.put("session", session);
        MDC.put("address", address.getHostAddress());
        MDC.put("account", account);
    }
}
