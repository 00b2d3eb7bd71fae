package dev.slipway.sftp;

import dev.slipway.core.account.AccountSession;
import dev.slipway.core.operator.OperatorShell;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.command.ChecksumCommand;
import dev.slipway.sftp.command.ChecksumCommandChannel;
import dev.slipway.sftp.command.OperatorChannel;
import dev.slipway.sftp.scp.ScpArguments;
import dev.slipway.sftp.scp.ScpChannel;
import dev.slipway.sftp.subsystem.SftpChannel;
import dev.slipway.sftp.transport.GatewayChannel;
import dev.slipway.sftp.transport.SessionState;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.shell.ShellFactory;
import org.apache.sshd.server.subsystem.SubsystemFactory;
import org.jspecify.annotations.Nullable;

/** What clients may run on their channels: SFTP, SCP, checksums, and the gateway's own commands. */
final class ChannelCommands implements SubsystemFactory {
    private final FileSystems fileSystems;
    private final @Nullable OperatorShell operators;
    private final Executor executor;

    /**
     * @param operators null for none
     * @param executor gives each task a thread that may block
     */
    ChannelCommands(FileSystems fileSystems, @Nullable OperatorShell operators, Executor executor) {
        this.fileSystems = fileSystems;
        this.operators = operators;
        this.executor = executor;
    }

    /** The command that a client runs with a line. */
    Command command(ChannelSession channel, String commandLine) throws IOException {
        SessionState session = SessionState.of(channel.getServerSession());
        if (session.isSftpOnly()) {
            throw new IOException("This certificate is for SFTP only.");
        }
        boolean scp = ScpArguments.isScp(commandLine);
        if (!scp && operators != null && session.mayHaveShell() && !ChecksumCommand.isOne(commandLine)) {
            return operate(channel, commandLine);
        }
        GatewayChannel ours = (GatewayChannel) channel;
        AccountSession login = session.login();
        login.use(scp ? AccountSession.Use.SCP : AccountSession.Use.SSH);
        VirtualFileSystem files = fileSystems.open(login);
        return scp
                ? new ScpChannel(ours, session, executor, files, commandLine)
                : new ChecksumCommandChannel(ours, session, executor, files, commandLine);
    }

    /** For administrators only: {@link GatewayChannel} refuses the requests of others. */
    private Command operate(ChannelSession channel, @Nullable String commandLine) throws IOException {
        SessionState session = SessionState.of(channel.getServerSession());
        if (operators == null || !session.mayHaveShell()) {
            throw new IOException("This account has no shell access.");
        }
        AccountSession login = session.login();
        login.use(AccountSession.Use.SSH);
        return new OperatorChannel((GatewayChannel) channel, session, executor, operators, login, commandLine);
    }

    /** The gateway's own shell; null if there is none. */
    @Nullable
    ShellFactory shell() {
        return operators == null ? null : channel -> operate(channel, null);
    }

    @Override
    public String getName() {
        return "sftp";
    }

    @Override
    public Command createSubsystem(ChannelSession channel) throws IOException {
        SessionState session = SessionState.of(channel.getServerSession());
        AccountSession login = session.login();
        login.use(AccountSession.Use.SFTP);
        return new SftpChannel(
                (GatewayChannel) channel,
                session,
                executor,
                fileSystems.open(login),
                login.account().name());
    }
}
