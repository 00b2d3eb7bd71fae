package dev.slipway.ftps;

import dev.slipway.core.account.Account;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Login, TLS, and what a client asks about the server. */
final class SessionCommands {
    private static final List<String> COMMANDS = List.of(
            " ABOR ACCT ALLO APPE AUTH CCC  CDUP CLNT CWD  DELE EPRT EPSV FEAT HELP",
            " HOST LIST MDTM MFMT MKD  MLSD MLST MODE NLST NOOP OPTS PASS PASV PBSZ",
            " PORT PROT PWD  QUIT REIN REST RETR RMD  RNFR RNTO SITE SIZE STAT STOR",
            " STOU STRU SYST TYPE USER");

    private SessionCommands() {}

    static void addTo(CommandTable table) {
        table.anybodyWithArgument("USER", SessionCommands::user);
        table.anybody("PASS", SessionCommands::pass);
        table.anybody("ACCT", (session, _) -> session.reply(202, "No account is needed."));
        table.anybody("REIN", SessionCommands::reinitialize);
        table.anybody("QUIT", SessionCommands::quit);
        table.anybodyWithArgument("AUTH", SessionCommands::auth);
        table.anybodyWithArgument("PBSZ", SessionCommands::pbsz);
        table.anybodyWithArgument("PROT", SessionCommands::prot);
        table.anybody("CCC", (session, _) -> session.reply(534, "The control connection stays encrypted."));
        table.anybody("FEAT", SessionCommands::feat);
        table.anybodyWithArgument("OPTS", SessionCommands::opts);
        table.anybody("SYST", (session, _) -> session.reply(215, "UNIX Type: L8"));
        table.anybody("NOOP", (session, _) -> session.reply(200, "Done nothing, successfully."));
        table.anybody("HELP", SessionCommands::help);
        table.anybody("CLNT", (session, _) -> session.reply(200, "Noted."));
        table.anybodyWithArgument("HOST", SessionCommands::host);
        table.accountWithArgument("SITE", SessionCommands::site);
        table.account("ABOR", (session, _) -> session.reply(226, "No transfer is under way any more."));
    }

    private static void user(Session session, String name) {
        if (!session.isSecured() && !session.environment().settings().plainAllowed()) {
            session.reply(530, "TLS is required here: send AUTH TLS first.");
            return;
        }
        session.setUserName(name);
        session.reply(331, "Send the password.");
    }

    private static void pass(Session session, @Nullable String password) {
        String name = session.userName();
        if (!session.isSecured() && !session.environment().settings().plainAllowed()) {
            session.reply(530, "TLS is required here: send AUTH TLS first.");
            return;
        }
        if (session.isLoggedIn() || name == null) {
            session.reply(503, "Send USER first.");
            return;
        }
        char[] characters = password == null ? new char[0] : password.toCharArray();
        Optional<Account> account;
        try {
            account = session.environment().accounts().authenticate(name, characters, session.client());
        } finally {
            Arrays.fill(characters, '\0');
        }
        if (account.isPresent()) {
            session.logIn(account.get());
            session.reply(230, "Logged in.");
        } else if (session.loginFailed()) {
            session.reply(421, "Too many failed logins; closing the session.");
            session.hangUp();
        } else {
            session.reply(530, "The login failed.");
        }
    }

    private static void reinitialize(Session session, @Nullable String argument) {
        session.logOut();
        session.reply(220, "Ready for a new login.");
    }

    private static void quit(Session session, @Nullable String argument) {
        session.reply(221, "Goodbye.");
        session.hangUp();
    }

    private static void auth(Session session, String mechanism) throws IOException {
        if (session.isSecured()) {
            session.reply(503, "The control connection is encrypted already.");
            return;
        }
        switch (mechanism.toUpperCase(Locale.ROOT)) {
            case "TLS", "TLS-C" -> session.startTls(false);
            // older than RFC 4217, and with protected data connections from the start
            case "SSL", "TLS-P" -> session.startTls(true);
            default -> session.reply(504, "Only AUTH TLS is understood.");
        }
    }

    private static void pbsz(Session session, String size) {
        if (!session.isSecured()) {
            session.reply(503, "Send AUTH TLS first.");
        } else if (!size.matches("\\d{1,10}")) {
            session.reply(501, "PBSZ needs a number: PBSZ 0.");
        } else {
            session.allowProtection();
            session.reply(200, "PBSZ=0");
        }
    }

    private static void prot(Session session, String level) {
        if (!session.isSecured()) {
            session.reply(503, "Send AUTH TLS first.");
            return;
        }
        if (!session.isProtectionNegotiable()) {
            session.reply(503, "Send PBSZ 0 first.");
            return;
        }
        switch (level.toUpperCase(Locale.ROOT)) {
            case "P" -> {
                session.setDataProtected(true);
                session.reply(200, "Data connections are encrypted.");
            }
            case "C" -> {
                if (session.environment().settings().dataProtectionRequired()) {
                    session.reply(534, "Data connections must be encrypted here: PROT P.");
                } else {
                    session.setDataProtected(false);
                    session.reply(200, "Data connections are not encrypted.");
                }
            }
            case "S", "E" -> session.reply(536, "TLS has only the levels C and P.");
            default -> session.reply(504, "The level must be P or C.");
        }
    }

    private static void feat(Session session, @Nullable String argument) {
        StringBuilder facts = new StringBuilder(" MLST ");
        for (Fact fact : Fact.values()) {
            facts.append(fact.label()).append(session.facts().contains(fact) ? "*;" : ";");
        }
        List<String> lines = new ArrayList<>();
        lines.add("Features:");
        lines.addAll(List.of(" AUTH TLS", " EPSV", " MDTM", " MFMT", facts.toString(), " PBSZ", " PROT"));
        lines.addAll(List.of(" REST STREAM", " SIZE", " TVFS", " UTF8"));
        lines.add("End");
        session.reply(new Reply(211, lines));
    }

    private static void opts(Session session, String options) {
        String[] words = options.split(" ", 2);
        String value = words.length > 1 ? words[1].strip() : "";
        switch (words[0].toUpperCase(Locale.ROOT)) {
            case "UTF8", "UTF-8" -> {
                if (value.isEmpty() || value.equalsIgnoreCase("ON")) {
                    session.reply(200, "Names are UTF-8.");
                } else {
                    session.reply(504, "Names are always UTF-8.");
                }
            }
            case "MLST" -> {
                Set<Fact> wanted = EnumSet.noneOf(Fact.class);
                for (Fact fact : Fact.values()) {
                    if ((";" + value.toLowerCase(Locale.ROOT)).contains(";" + fact.label() + ";")) {
                        wanted.add(fact);
                    }
                }
                session.setFacts(wanted);
                StringBuilder text = new StringBuilder("MLST OPTS ");
                wanted.forEach(fact -> text.append(fact.label()).append(';'));
                session.reply(200, text.toString().strip());
            }
            default -> session.reply(501, "There are options for UTF8 and MLST only.");
        }
    }

    private static void help(Session session, @Nullable String argument) {
        List<String> lines = new ArrayList<>();
        lines.add("Commands:");
        lines.addAll(COMMANDS);
        lines.add("End");
        session.reply(new Reply(214, lines));
    }

    private static void host(Session session, String name) {
        if (session.isLoggedIn() || session.userName() != null) {
            session.reply(503, "HOST comes before USER.");
        } else {
            session.reply(220, "All names lead here.");
        }
    }

    private static void site(Session session, String command) {
        String verb = command.split(" ", 2)[0].toUpperCase(Locale.ROOT);
        switch (verb) {
            case "CHMOD" -> session.reply(200, "Accepted; modes are not kept.");
            case "HELP" -> session.reply(new Reply(214, List.of("SITE commands:", " CHMOD HELP", "End")));
            default -> session.reply(504, "SITE " + verb + " is not implemented.");
        }
    }
}
