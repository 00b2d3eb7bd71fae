package dev.slipway.ftps.command;

import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Login;
import dev.slipway.core.operator.SiteCommands;
import dev.slipway.ftps.control.Reply;
import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.format.Fact;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Login, TLS, and what a client asks about the server. */
final class SessionCommands {
    private static final Logger log = LoggerFactory.getLogger(SessionCommands.class);
    private static final int HELP_COLUMNS = 9;

    private SessionCommands() {}

    static void addTo(CommandTable table) {
        table.anybodyWithArgument("USER", SessionCommands::user);
        table.anybody("PASS", SessionCommands::pass);
        table.anybody("ACCT", (session, _) -> session.reply(202, "No account required."));
        table.anybody("REIN", SessionCommands::reinitialize);
        table.anybody("QUIT", SessionCommands::quit);
        table.anybodyWithArgument("AUTH", SessionCommands::auth);
        table.anybodyWithArgument("PBSZ", SessionCommands::pbsz);
        table.anybodyWithArgument("PROT", SessionCommands::prot);
        table.anybody(
                "CCC", (session, _) -> session.reply(534, "CCC refused; the control connection stays encrypted."));
        table.anybody("FEAT", SessionCommands::feat);
        table.anybodyWithArgument("OPTS", SessionCommands::opts);
        table.anybody("SYST", (session, _) -> session.reply(215, "UNIX Type: L8"));
        table.anybody("NOOP", (session, _) -> session.reply(200, "NOOP ok."));
        table.anybody("HELP", (session, argument) -> help(session, argument, table.implemented()));
        table.anybody("CLNT", (session, _) -> session.reply(200, "CLNT ok."));
        table.anybodyWithArgument("HOST", SessionCommands::host);
        table.accountWithArgument("SITE", SessionCommands::site);
        table.account("ABOR", (session, _) -> session.reply(226, "No transfer in progress."));
    }

    private static void user(Session session, String name) {
        if (!session.isSecured() && !session.environment().settings().plain()) {
            session.reply(530, "TLS required; use AUTH TLS first.");
            return;
        }
        session.setUserName(name);
        session.reply(331, "Please specify the password.");
    }

    private static void pass(Session session, @Nullable String password) {
        String name = session.login().userName();
        if (!session.isSecured() && !session.environment().settings().plain()) {
            session.reply(530, "TLS required; use AUTH TLS first.");
            return;
        }
        if (session.login().isLoggedIn() || name == null) {
            session.reply(503, "Login with USER first.");
            return;
        }
        char[] characters = password == null ? new char[0] : password.toCharArray();
        Optional<Login> login;
        try {
            login = session.environment().accounts().authenticate(name, characters, session.client());
        } finally {
            Arrays.fill(characters, '\0');
        }
        if (login.isPresent()) {
            Optional<String> refusal = session.logIn(login.get());
            if (refusal.isEmpty()) {
                String subject = session.tls().clientSubject();
                if (subject != null) {
                    log.info("{} logged in from {} with the client certificate of {}", name, session.client(), subject);
                }
                session.reply(230, "Login successful.");
            } else {
                session.reply(421, refusal.get());
                session.hangUp();
            }
        } else if (session.login().failed()) {
            session.reply(421, "Too many login failures; closing control connection.");
            session.hangUp();
        } else {
            session.reply(530, "Login incorrect.");
        }
    }

    private static void reinitialize(Session session, @Nullable String argument) {
        // TLS stays, unlike in RFC 4217 section 11: otherwise the next password would cross the network unencrypted
        // First, since a connection that may not stay is ended with 421 at once. The next command waits for this one.
        session.reply(220, "Service ready for new user.");
        session.reinitialize();
    }

    private static void quit(Session session, @Nullable String argument) {
        session.reply(221, "Goodbye.");
        session.hangUp();
    }

    private static void auth(Session session, String mechanism) throws IOException {
        if (session.isSecured()) {
            session.reply(503, "The control connection is already encrypted.");
            return;
        }
        switch (mechanism.toUpperCase(Locale.ROOT)) {
            case "TLS", "TLS-C" -> session.startTls(false);
            // older than RFC 4217, and with protected data connections from the start
            case "SSL", "TLS-P" -> session.startTls(true);
            default -> session.reply(504, "Unknown AUTH type; use AUTH TLS.");
        }
    }

    private static void pbsz(Session session, String size) {
        if (!session.isSecured()) {
            session.reply(503, "Send AUTH TLS first.");
        } else if (!size.matches("\\d{1,10}")) {
            session.reply(501, "PBSZ requires a number: PBSZ 0.");
        } else {
            session.data().allowProtection();
            session.reply(200, "PBSZ=0");
        }
    }

    private static void prot(Session session, String level) {
        if (!session.isSecured()) {
            session.reply(503, "Send AUTH TLS first.");
            return;
        }
        if (!session.data().isProtectionNegotiable()) {
            session.reply(503, "PROT requires PBSZ first.");
            return;
        }
        switch (level.toUpperCase(Locale.ROOT)) {
            case "P" -> {
                session.data().setProtected(true);
                session.reply(200, "PROT now Private.");
            }
            case "C" -> {
                if (session.environment().settings().requireDataProtection()) {
                    session.reply(534, "PROT C not allowed; data connections must be encrypted (PROT P).");
                } else {
                    session.data().setProtected(false);
                    session.reply(200, "PROT now Clear.");
                }
            }
            case "S", "E" -> session.reply(536, "PROT levels S and E not supported with TLS.");
            default -> session.reply(504, "Unknown PROT level; use P or C.");
        }
    }

    private static void feat(Session session, @Nullable String argument) {
        StringBuilder facts = new StringBuilder(" MLST ");
        for (Fact fact : Fact.values()) {
            facts.append(fact.label()).append(session.state().facts().contains(fact) ? "*;" : ";");
        }
        List<String> lines = new ArrayList<>();
        lines.add("Features:");
        lines.addAll(List.of(" AUTH TLS", " AVBL"));
        if (session.environment().settings().active()) {
            lines.add(" EPRT");
        }
        lines.addAll(List.of(
                " EPSV",
                ChecksumCommands.feature(session.state().hashAlgorithm()),
                " HOST",
                " MDTM",
                " MFMT",
                facts.toString(),
                " PBSZ",
                " PROT"));
        lines.addAll(List.of(" RANG STREAM", " REST STREAM", " SIZE", " TVFS", " UTF8"));
        lines.add("End");
        session.reply(new Reply(211, lines));
    }

    private static void opts(Session session, String options) {
        String[] words = options.split(" ", 2);
        String value = words.length > 1 ? words[1].strip() : "";
        switch (words[0].toUpperCase(Locale.ROOT)) {
            case "UTF8", "UTF-8" -> {
                if (value.isEmpty() || value.equalsIgnoreCase("ON")) {
                    session.reply(200, "Always in UTF8 mode.");
                } else {
                    session.reply(504, "UTF8 mode cannot be turned off.");
                }
            }
            case "MLST" -> {
                Set<Fact> wanted = EnumSet.noneOf(Fact.class);
                for (Fact fact : Fact.values()) {
                    if ((";" + value.toLowerCase(Locale.ROOT)).contains(";" + fact.label() + ";")) {
                        wanted.add(fact);
                    }
                }
                session.state().setFacts(wanted);
                StringBuilder text = new StringBuilder("MLST OPTS ");
                wanted.forEach(fact -> text.append(fact.label()).append(';'));
                session.reply(200, text.toString().strip());
            }
            case "HASH" -> ChecksumCommands.options(session, value);
            default -> session.reply(501, "Option not understood; only UTF8, MLST and HASH have options.");
        }
    }

    private static void help(Session session, @Nullable String command, Collection<String> implemented) {
        if (command != null) {
            String name = command.strip().toUpperCase(Locale.ROOT);
            if (implemented.contains(name)) {
                session.reply(214, name + " is supported.");
            } else {
                session.reply(502, "Command not implemented.");
            }
            return;
        }
        List<String> lines = new ArrayList<>();
        lines.add("Commands:");
        StringBuilder line = new StringBuilder();
        for (String name : implemented) {
            if (line.length() >= HELP_COLUMNS * 8) {
                lines.add(line.toString().stripTrailing());
                line.setLength(0);
            }
            line.append(String.format(" %-7s", name));
        }
        lines.add(line.toString().stripTrailing());
        lines.add("End");
        session.reply(new Reply(214, lines));
    }

    private static void host(Session session, String name) {
        if (session.login().isLoggedIn() || session.login().userName() != null) {
            session.reply(503, "HOST must come before USER.");
        } else {
            session.reply(220, "HOST accepted; all host names are equivalent.");
        }
    }

    private static void site(Session session, String command) throws IOException {
        String[] words = command.strip().split(" ", 2);
        String verb = words[0].toUpperCase(Locale.ROOT);
        switch (verb) {
            case "CHMOD" -> {
                FileCommands.changeMode(session, words.length == 2 ? words[1].strip() : "");
            }
            case "CPFR", "CPTO" -> {
                if (words.length < 2 || words[1].isBlank()) {
                    session.reply(501, "SITE " + verb + " requires a name.");
                } else if (verb.equals("CPFR")) {
                    CopyCommands.from(session, words[1]);
                } else {
                    CopyCommands.to(session, words[1]);
                }
            }
            case "HELP" -> {
                List<String> verbs = new ArrayList<>(List.of("CHMOD", "CPFR", "CPTO", "HELP"));
                SiteCommands further = siteCommands(session);
                if (further != null) {
                    verbs.addAll(further.names());
                }
                session.reply(new Reply(
                        214,
                        List.of(
                                "SITE commands:",
                                " " + verbs.stream().sorted().collect(Collectors.joining(" ")),
                                "End")));
            }
            default -> {
                SiteCommands further = siteCommands(session);
                if (further == null || !further.names().contains(verb)) {
                    session.reply(504, "SITE " + verb + " is not implemented.");
                } else {
                    furtherSite(session, further, verb, words.length < 2 ? "" : words[1]);
                }
            }
        }
    }

    /** The SITE commands that the account may use; null for none. */
    private static @Nullable SiteCommands siteCommands(Session session) {
        return session.login()
                .session()
                .current()
                .filter(account -> account.has(AccountOption.PUSH))
                .map(_ -> session.environment().siteCommands())
                .orElse(null);
    }

    private static void furtherSite(Session session, SiteCommands commands, String verb, String arguments) {
        SiteCommands.Answer answer =
                commands.run(session.login().session(), session.state().directory(), verb, arguments);
        int code = switch (answer.status()) {
            case 0 -> 200;
            case 2 -> 501;
            default -> 550;
        };
        List<String> lines = answer.lines();
        if (lines.size() == 1) {
            session.reply(code, lines.getFirst());
            return;
        }
        // A line between the first and the last must not look like the last one.
        List<String> reply = new ArrayList<>();
        reply.add("SITE " + verb);
        lines.forEach(line -> reply.add(" " + line));
        reply.add("End");
        session.reply(new Reply(code, reply));
    }
}
