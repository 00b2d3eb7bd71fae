package dev.slipway.ftps.control;

import java.util.Locale;
import java.util.Set;

/**
 * How a command line appears in the log. A client may send its password with any command and in any form, so the log
 * shows an argument only if the command is known and its argument is never secret. Anything else becomes three
 * asterisks.
 */
final class LoggedCommand {
    private static final String HIDDEN = "***";

    /** Commands whose argument is a user name, a path, a number or a protocol keyword. */
    private static final Set<String> SHOWN = Set.of(
            "ALLO", "APPE", "AVBL", "CWD", "DELE", "EPRT", "EPSV", "HASH", "LIST", "MD5", "MDTM", "MFMT", "MKD", "MLSD",
            "MLST", "MODE", "NLST", "OPTS", "PBSZ", "PORT", "PROT", "RANG", "REST", "RETR", "RMD", "RNFR", "RNTO",
            "SIZE", "STAT", "STOR", "STOU", "STRU", "TYPE", "USER", "XCRC", "XCWD", "XMD5", "XMKD", "XRMD", "XSHA1",
            "XSHA256", "XSHA512");

    /** Known commands whose argument is secret or not expected. */
    private static final Set<String> NAMED = Set.of(
            "ABOR", "ACCT", "ADAT", "AUTH", "CCC", "CDUP", "CLNT", "FEAT", "HELP", "HOST", "NOOP", "PASS", "PASV",
            "PWD", "QUIT", "REIN", "SYST", "XCUP", "XPWD");

    private static final Set<String> SITE_SHOWN = Set.of("CHMOD", "CPFR", "CPTO");
    private static final Set<String> SITE_NAMED = Set.of("HELP", "JOBS", "PUSH", "SPACE");

    private LoggedCommand() {}

    static String of(Input.Line line) {
        String argument = line.getArgument();
        if (line.getCommand().equals("SITE") && argument != null) {
            return "SITE " + shown(SITE_SHOWN, SITE_NAMED, argument);
        }
        return shown(SHOWN, NAMED, line.getRequestLine());
    }

    private static String shown(Set<String> whole, Set<String> named, String text) {
        int space = text.indexOf(' ');
        String verb = (space < 0 ? text : text.substring(0, space)).toUpperCase(Locale.ROOT);
        if (whole.contains(verb)) {
            return text;
        }
        if (!named.contains(verb) && !verb.equals("SITE")) {
            return HIDDEN;
        }
        return space < 0 ? verb : verb + " " + HIDDEN;
    }
}
