package dev.slipway.ftps.command;

import dev.slipway.ftps.control.Session;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;

/** The commands that say how the next transfer is to be: TYPE, MODE, STRU, REST and ALLO. */
final class TransferParameters {
    private TransferParameters() {}

    static void addTo(CommandTable table) {
        table.accountWithArgument("TYPE", TransferParameters::type);
        table.accountWithArgument("MODE", (session, mode) -> choose(session, "MODE", mode, "S", "BC"));
        table.accountWithArgument("STRU", (session, structure) -> choose(session, "STRU", structure, "F", "RP"));
        table.accountWithArgument("REST", TransferParameters::restart);
        table.accountWithArgument("ALLO", TransferParameters::allocate);
    }

    private static void type(Session session, String type) {
        switch (type.toUpperCase(Locale.ROOT)) {
            case "I", "L 8", "L8" -> {
                session.state().setAscii(false);
                session.reply(200, "Switching to Binary mode.");
            }
            case "A", "A N" -> {
                session.state().setAscii(true);
                session.reply(
                        200,
                        session.state().convertsLineEnds()
                                ? "Switching to ASCII mode; line ends are converted (CRLF on the network, LF in the"
                                        + " store)."
                                : "Switching to ASCII mode; line ends are not converted.");
            }
            default -> session.reply(504, "Unrecognised TYPE; use I or A.");
        }
    }

    private static void choose(Session session, String command, String value, String only, String known) {
        String wanted = value.toUpperCase(Locale.ROOT);
        if (wanted.equals(only)) {
            session.reply(200, command + " set to " + only + ".");
        } else if (wanted.length() == 1 && known.contains(wanted)) {
            session.reply(504, command + " can only be " + only + ".");
        } else {
            session.reply(501, "Unknown " + command + ".");
        }
    }

    private static void restart(Session session, String offset) {
        Optional<Long> bytes = number(offset);
        if (bytes.isEmpty()) {
            session.reply(501, "REST requires a number of bytes.");
        } else {
            session.state().setRestart(bytes.get());
            session.reply(350, "Restart position accepted: next transfer starts at byte " + bytes.get() + ".");
        }
    }

    private static void allocate(Session session, String argument) {
        Optional<Long> bytes = number(argument.split(" ", 2)[0]);
        if (bytes.isEmpty()) {
            session.reply(501, "ALLO requires a number of bytes.");
            return;
        }
        long largest = session.files().largestFile();
        if (bytes.get() > largest) {
            session.reply(552, "The maximum file size is " + largest + " bytes.");
        } else {
            session.state().setAllocated(bytes.get());
            session.reply(200, "ALLO ok; the next upload must have " + bytes.get() + " bytes.");
        }
    }

    private static Optional<Long> number(String text) {
        if (!text.matches("\\d{1,40}")) {
            return Optional.empty();
        }
        return Optional.of(
                new BigInteger(text).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
    }
}
