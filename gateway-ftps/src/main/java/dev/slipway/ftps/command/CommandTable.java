package dev.slipway.ftps.command;

import dev.slipway.core.VfsException;
import dev.slipway.ftps.control.FailureReply;
import dev.slipway.ftps.control.Session;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.ftpserver.command.Command;
import org.apache.ftpserver.command.CommandFactory;
import org.apache.ftpserver.command.CommandFactoryFactory;
import org.apache.ftpserver.ftplet.FtpRequest;
import org.apache.ftpserver.impl.FtpIoSession;
import org.apache.ftpserver.impl.FtpServerContext;
import org.jspecify.annotations.Nullable;

/** All commands. FtpServer's own are not used, since they cannot see our file system's failures. */
public final class CommandTable {
    private static final List<String> NOT_IMPLEMENTED =
            List.of("ADAT", "CONF", "ENC", "LANG", "LPRT", "LPSV", "MIC", "SMNT");

    private final CommandFactoryFactory factory = new CommandFactoryFactory();
    private final SortedSet<String> implemented = new TreeSet<>();

    private CommandTable() {
        factory.setUseDefaultCommands(false);
    }

    /** The commands for FtpServer's dispatch. */
    public static CommandFactory create() {
        CommandTable table = new CommandTable();
        SessionCommands.addTo(table);
        FileCommands.addTo(table);
        TransferParameters.addTo(table);
        DataPortCommands.addTo(table);
        DownloadCommands.addTo(table);
        UploadCommands.addTo(table);
        ListingCommands.addTo(table);
        ChecksumCommands.addTo(table);
        for (String name : NOT_IMPLEMENTED) {
            table.factory.addCommand(
                    name, new Adapter(true, (session, _) -> session.reply(502, name + " is not implemented.")));
        }
        return table.factory.createCommandFactory();
    }

    /** A command whose argument is optional. */
    @FunctionalInterface
    interface Action {
        void run(Session session, @Nullable String argument) throws IOException;
    }

    /** A command that requires an argument. */
    @FunctionalInterface
    interface ActionOn {
        void run(Session session, String argument) throws IOException;
    }

    /** The names of all commands that were added, in their order. */
    SortedSet<String> implemented() {
        return Collections.unmodifiableSortedSet(implemented);
    }

    /** Adds a command that works without a login. */
    void anybody(String name, Action action) {
        add(name, true, action);
    }

    private void add(String name, boolean beforeLogin, Action action) {
        implemented.add(name);
        factory.addCommand(name, new Adapter(beforeLogin, action));
    }

    /** Adds a command that requires an argument and works without a login. */
    void anybodyWithArgument(String name, ActionOn action) {
        anybody(name, withArgument(name, action));
    }

    /** Adds a command that requires a login. */
    public void account(String name, Action action) {
        add(name, false, action);
    }

    /** Adds a command that requires a login and an argument. */
    void accountWithArgument(String name, ActionOn action) {
        account(name, withArgument(name, action));
    }

    private static Action withArgument(String name, ActionOn action) {
        return (session, argument) -> {
            if (argument == null) {
                session.reply(501, name + " requires an argument.");
            } else {
                action.run(session, argument);
            }
        };
    }

    private record Adapter(boolean beforeLogin, Action action) implements Command {
        @Override
        public void execute(FtpIoSession ftp, FtpServerContext context, FtpRequest request) throws IOException {
            Session session = Session.of(ftp);
            if (session == null) {
                throw new IllegalStateException("a command without a session");
            }
            if (!beforeLogin && !session.login().isLoggedIn()) {
                session.reply(530, "Please login with USER and PASS.");
                return;
            }
            if (!beforeLogin && !session.login().mayGoOn()) {
                return;
            }
            try {
                action.run(session, request.getArgument());
            } catch (VfsException e) {
                session.reply(FailureReply.of(e));
            }
        }
    }
}
