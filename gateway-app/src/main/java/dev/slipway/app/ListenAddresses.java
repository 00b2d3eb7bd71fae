package dev.slipway.app;

import dev.slipway.app.PortsTakenException.TakenPort;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.net.ListenPort;
import java.io.IOException;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** The addresses of the listeners, resolved. */
record ListenAddresses(InetAddress ftps, InetAddress sftp, InetAddress admin) {
    static ListenAddresses of(GatewaySettings settings) throws IOException {
        return new ListenAddresses(
                InetAddress.getByName(settings.ftps().bind()),
                InetAddress.getByName(settings.sftp().bind()),
                InetAddress.getByName(settings.admin().bind()));
    }

    /**
     * Checks all ports, before anything is started.
     *
     * @throws PortsTakenException with every port that is not available
     */
    void checkPorts(GatewaySettings settings) throws PortsTakenException {
        Map<String, TakenPort> taken = new LinkedHashMap<>();
        checkPort("ftps.explicitPort", settings.ftps().explicitPort(), ftps, taken);
        checkPort("ftps.implicitPort", settings.ftps().implicitPort(), ftps, taken);
        checkPort("sftp.port", settings.sftp().port(), sftp, taken);
        checkPort("admin.port", settings.admin().port(), admin, taken);
        if (!taken.isEmpty()) {
            throw new PortsTakenException(taken);
        }
    }

    private static void checkPort(String key, ListenPort port, InetAddress address, Map<String, TakenPort> taken) {
        Ports.problem(address, port.number()).ifPresent(reason -> taken.put(key, new TakenPort(port.number(), reason)));
    }
}
