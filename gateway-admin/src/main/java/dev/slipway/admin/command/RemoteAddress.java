package dev.slipway.admin.command;

import dev.slipway.transfer.remote.Remote;

/**
 * Where a remote is, and who logs in there: {@code USER@HOST[:PORT]}.
 *
 * @param port 1 to 65535
 */
record RemoteAddress(String user, String host, int port) {
    static RemoteAddress parse(CommandContext context, String text) {
        int at = text.lastIndexOf('@');
        String rest = text.substring(at + 1);
        boolean six = rest.startsWith("[");
        int end = six ? rest.indexOf(']') : rest.indexOf(':');
        String host = six && end > 0 ? rest.substring(1, end) : end < 0 ? rest : rest.substring(0, end);
        String port = six && end > 0 ? rest.substring(end + 1) : end < 0 ? "" : rest.substring(end);
        boolean plain = port.isEmpty() || port.matches(":[1-9]\\d{0,4}");
        if (at < 1 || host.isEmpty() || !plain) {
            throw context.wrong("'" + text + "': expected USER@HOST or USER@HOST:PORT; an IPv6 address in brackets");
        }
        int number = port.isEmpty() ? Remote.DEFAULT_PORT : Integer.parseInt(port.substring(1));
        if (number > 65_535) {
            throw context.wrong("'" + text + "': a port must be from 1 to 65535");
        }
        return new RemoteAddress(text.substring(0, at), host, number);
    }
}
