package dev.slipway.ftps.command;

import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.data.DataPort;
import dev.slipway.ftps.data.PassivePort;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that say how the next data connection is established: PASV, EPSV, PORT and EPRT. */
final class DataPortCommands {
    private static final Logger log = LoggerFactory.getLogger(DataPortCommands.class);

    private static final Pattern HOST_PORT =
            Pattern.compile("(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3})");

    private static final int FIRST_UNPRIVILEGED_PORT = 1024;

    private DataPortCommands() {}

    static void addTo(CommandTable table) {
        table.account("PASV", DataPortCommands::passive);
        table.account("EPSV", DataPortCommands::extendedPassive);
        table.accountWithArgument("PORT", DataPortCommands::active);
        table.accountWithArgument("EPRT", DataPortCommands::extendedActive);
    }

    private static void passive(Session session, @Nullable String argument) throws IOException {
        if (session.state().isOnlyExtendedPassive()) {
            session.reply(522, "Only EPSV is allowed after EPSV ALL.");
            return;
        }
        boolean known =
                session.environment().settings().externalAddress() != null || session.local() instanceof Inet4Address;
        if (!known || !(session.client() instanceof Inet4Address)) {
            session.reply(425, "PASV not available over IPv6; use EPSV.");
            return;
        }
        byte[] address;
        try {
            address = announcedAddress(session);
        } catch (UnknownHostException e) {
            log.error("The external address for PASV is unusable: {}", e.getMessage());
            session.reply(425, "Cannot determine the server's address for PASV; use EPSV.");
            return;
        }
        PassivePort port = openPassivePort(session);
        if (port == null) {
            return;
        }
        session.reply(
                227,
                "Entering Passive Mode (%d,%d,%d,%d,%d,%d)."
                        .formatted(
                                address[0] & 0xFF,
                                address[1] & 0xFF,
                                address[2] & 0xFF,
                                address[3] & 0xFF,
                                port.number() >> 8,
                                port.number() & 0xFF));
    }

    private static byte[] announcedAddress(Session session) throws UnknownHostException {
        String external = session.environment().settings().externalAddress();
        if (external == null) {
            return session.local().getAddress();
        }
        for (InetAddress address : InetAddress.getAllByName(external)) {
            if (address instanceof Inet4Address) {
                return address.getAddress();
            }
        }
        throw new UnknownHostException(external + " has no IPv4 address");
    }

    private static void extendedPassive(Session session, @Nullable String argument) {
        if (argument != null) {
            String wanted = argument.toUpperCase(Locale.ROOT);
            if (wanted.equals("ALL")) {
                session.state().setOnlyExtendedPassive();
                session.reply(200, "EPSV ALL ok.");
                return;
            }
            String mine = session.client() instanceof Inet4Address ? "1" : "2";
            if (!wanted.equals(mine)) {
                session.reply(522, "Network protocol not supported, use (" + mine + ")");
                return;
            }
        }
        PassivePort port = openPassivePort(session);
        if (port != null) {
            session.reply(229, "Entering Extended Passive Mode (|||" + port.number() + "|)");
        }
    }

    private static @Nullable PassivePort openPassivePort(Session session) {
        session.data().setPort(null);
        try {
            PassivePort port =
                    session.environment().passivePorts().open(session.local(), session.client(), session.channels());
            session.data().setPort(port);
            return port;
        } catch (IOException e) {
            session.reply(425, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static void active(Session session, String argument) throws IOException {
        Matcher matcher = HOST_PORT.matcher(argument);
        if (!matcher.matches()) {
            session.reply(501, "Illegal PORT command; use h1,h2,h3,h4,p1,p2.");
            return;
        }
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            int value = Integer.parseInt(matcher.group(i + 1));
            if (value > 255) {
                session.reply(501, "Illegal PORT command; a number is greater than 255.");
                return;
            }
            bytes[i] = (byte) value;
        }
        connectTo(
                session,
                InetAddress.getByAddress(Arrays.copyOf(bytes, 4)),
                ((bytes[4] & 0xFF) << 8) | (bytes[5] & 0xFF));
    }

    private static void extendedActive(Session session, String argument) throws IOException {
        String[] parts = argument.split(Pattern.quote(argument.substring(0, 1)), -1);
        if (parts.length != 5 || !parts[3].matches("\\d{1,5}")) {
            session.reply(501, "Illegal EPRT command; use |protocol|address|port|.");
        } else if (!parts[1].equals("1") && !parts[1].equals("2")) {
            session.reply(522, "Network protocol not supported, use (1,2)");
        } else {
            InetAddress address;
            try {
                address = InetAddress.ofLiteral(parts[2]);
            } catch (IllegalArgumentException e) {
                session.reply(501, "Illegal EPRT command; not an IP address.");
                return;
            }
            if ((address instanceof Inet4Address) != parts[1].equals("1")) {
                session.reply(501, "Illegal EPRT command; protocol and address do not match.");
                return;
            }
            connectTo(session, address, Integer.parseInt(parts[3]));
        }
    }

    private static void connectTo(Session session, InetAddress address, int port) throws IOException {
        session.data().setPort(null);
        if (!session.environment().settings().active() || session.state().isOnlyExtendedPassive()) {
            session.reply(502, "Active mode is disabled; use PASV or EPSV (\"passive mode\" in the client).");
        } else if (!address.equals(session.client())) {
            session.reply(504, "The data connection must go to the control connection's address.");
        } else if (port < FIRST_UNPRIVILEGED_PORT || port > 65535) {
            session.reply(504, "The port must be from 1024 to 65535.");
        } else {
            session.data()
                    .setPort(DataPort.active(
                            session.local(),
                            new InetSocketAddress(address, port),
                            session.channels(),
                            session.environment().settings().dataConnectionTimeout()));
            session.reply(200, "Active mode accepted. Consider using passive mode.");
        }
    }
}
