package dev.slipway.transfer.remote;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a remote, logged in. All calls block for its answers, for at most the configured time each, and may
 * come from several threads. Paths are absolute and have no NUL. If the server opens too few channels on the connection,
 * further ones are opened and closed with it.
 *
 * <p>Besides the documented failures, a call may throw: UNREACHABLE and TIMEOUT if the connection is lost, after which
 * all calls fail; PERMISSION_DENIED; NO_CHANNEL if the server has a limit, such as OpenSSH's MaxSessions; UNSUPPORTED
 * if the remote has no SFTP or runs no commands; FAILED for anything else.
 */
public final class RemoteConnection implements AutoCloseable {
    private final RemoteLink link;
    private final ChannelOpener opener;
    private final SftpChannels channels;
    private final RemoteLookup lookup;
    private final RemoteFiles files;
    private final RemoteRenames renames;
    private final RemoteShell shell;
    private final SpaceProbe space;
    private final CapabilityProbe capabilities;
    private final IdleConnections idle;
    private final AtomicBoolean ended = new AtomicBoolean();

    /**
     * Takes a session over.
     *
     * @param sftp open on it already, or null
     * @param login opens further sessions, which this takes over too
     */
    RemoteConnection(
            Remote remote,
            ClientSession session,
            @Nullable SftpChannel sftp,
            RemoteTimeouts timeouts,
            IdleConnections idle,
            RequestWatch watch,
            ChannelOpener.Login login) {
        this.idle = idle;
        link = new RemoteLink(remote, session, timeouts, moment -> watch.at(this, moment));
        opener = new ChannelOpener(link, login);
        channels = new SftpChannels(link, opener, sftp);
        lookup = new RemoteLookup(link, channels);
        StatVfs statVfs = new StatVfs(channels);
        WriteFailures failures = new WriteFailures(link, lookup, statVfs);
        files = new RemoteFiles(link, channels, lookup, failures);
        renames = new RemoteRenames(link, channels, lookup, files, failures);
        shell = new RemoteShell(link, opener, channels);
        space = new SpaceProbe(link, lookup, statVfs, shell);
        capabilities = new CapabilityProbe(link, channels, shell);
    }

    /** Whether the session is open, as far as is known. */
    public boolean isOpen() {
        return link.session().isOpen();
    }

    /**
     * The attributes of a file or folder.
     *
     * @return empty if there is none
     */
    public Optional<RemoteFile> stat(String path) throws RemoteException {
        return lookup.stat(path);
    }

    /**
     * Resolves all links in a path, as far as the server does: SSH_FXP_REALPATH (draft-ietf-secsh-filexfer-02 section
     * 6.11), for which some servers only take out {@code .} and {@code ..}.
     *
     * @throws RemoteException NOT_FOUND
     */
    public String realPath(String path) throws RemoteException {
        return lookup.realPath(path);
    }

    /**
     * Creates a folder and its parents. Existing ones are unchanged.
     *
     * @throws RemoteException ALREADY_EXISTS: one of them is a file
     */
    public void makeFolders(String path) throws RemoteException {
        files.makeFolders(path);
    }

    /**
     * Removes a file.
     *
     * @return whether there was one
     */
    public boolean remove(String path) throws RemoteException {
        return files.remove(path);
    }

    /**
     * Removes an empty folder.
     *
     * @return whether there was one
     */
    public boolean removeFolder(String path) throws RemoteException {
        return files.removeFolder(path);
    }

    /**
     * The files and folders in a folder, in no order, without {@code .} and {@code ..}; all of them are held in memory.
     *
     * @throws RemoteException NOT_FOUND
     */
    public List<RemoteFile> list(String folder) throws RemoteException {
        return list(folder, Integer.MAX_VALUE);
    }

    /**
     * Some of the files and folders in a folder, in no order, without {@code .} and {@code ..}.
     *
     * @param limit maximum number; a larger folder is not read to its end
     * @throws RemoteException NOT_FOUND
     */
    public List<RemoteFile> list(String folder, int limit) throws RemoteException {
        return lookup.list(folder, limit);
    }

    /**
     * What is at a path.
     *
     * @param followsLinks whether a link is what it leads to; a link that leads nowhere is then nothing
     * @return empty if there is nothing
     */
    public Optional<RemoteEntry> entry(String path, boolean followsLinks) throws RemoteException {
        return lookup.entry(path, followsLinks);
    }

    /**
     * Starts to list a folder; see {@link RemoteListing}.
     *
     * @return to be closed by the caller
     * @throws RemoteException NOT_FOUND
     */
    public RemoteListing openFolder(String folder) throws RemoteException {
        return lookup.openFolder(folder);
    }

    /**
     * Opens an SFTP channel of its own, for reading files.
     *
     * @return to be closed by the caller
     */
    public RemoteReadChannel openReadChannel() throws RemoteException {
        return new RemoteReadChannel(link, channels, channels.forFile());
    }

    /**
     * Renames a file within a file system.
     *
     * @throws RemoteException NOT_FOUND: there is no such file, or no such folder. ALREADY_EXISTS: there is a file of that name
     */
    public void rename(String from, String to) throws RemoteException {
        renames.rename(from, to);
    }

    /**
     * Renames a file within a file system, replacing an existing one. If the remote supports {@code
     * posix-rename@openssh.com}, or its own rename replaces files, the old or the new file exists at each moment.
     * Otherwise there is a moment without: the old one is moved aside, the new one renamed, and the old one removed. If
     * the new one cannot be renamed, the old one is put back; if the connection is lost, it is still aside. Calling
     * this again continues, {@link #putBack} undoes it.
     *
     * @param aside a name in the folder of {@code to} that nobody else uses
     * @return whether nothing is left aside; the new file has its name in either case
     * @throws RemoteException NOT_FOUND: there is no such file, or no such folder
     */
    public boolean replace(String from, String to, String aside) throws RemoteException {
        return renames.replace(from, to, aside);
    }

    /**
     * Undoes an interrupted {@link #replace}: a file that was moved aside gets its name back, unless there is another
     * one of that name by now.
     */
    public void putBack(String aside, String to) throws RemoteException {
        renames.putBack(aside, to);
    }

    /** Sets when a file was last changed, to the second; programs that watch a folder notice that. */
    public void setModified(String path, Instant time) throws RemoteException {
        files.setModified(path, time);
    }

    /** Sets when a file was last changed to now, by the gateway's clock. */
    public void touch(String path) throws RemoteException {
        setModified(path, Instant.now());
    }

    /**
     * Syncs a file to the remote's disk, if the remote supports that.
     *
     * @return whether it is supported
     */
    public boolean fsync(String path) throws RemoteException {
        return files.fsync(path);
    }

    /**
     * Measures the free space of the file system of a path.
     *
     * @param path its nearest existing folder is measured
     * @throws RemoteException UNSUPPORTED: it cannot be measured
     */
    public RemoteSpace space(String path) throws RemoteException {
        return space.space(path);
    }

    /**
     * Creates an empty file, or truncates an existing one.
     *
     * @throws RemoteException NOT_FOUND: its folder is not there
     */
    public void create(String path) throws RemoteException {
        files.create(path);
    }

    /**
     * Opens a file for writing, on its own SFTP channel; creates it if it is missing.
     *
     * @param truncate whether to begin with an empty file
     * @return to be closed by the caller
     * @throws RemoteException NOT_FOUND: its folder is not there
     */
    public RemoteFileWriter openForWriting(String path, boolean truncate) throws RemoteException {
        return files.openForWriting(path, truncate);
    }

    /**
     * Opens a file for reading, on its own SFTP channel.
     *
     * @return to be closed by the caller
     * @throws RemoteException NOT_FOUND
     */
    RemoteFileReader openForReading(String path) throws RemoteException {
        return files.openForReading(path);
    }

    /**
     * Starts a command, in a POSIX shell whatever the user's own one is.
     *
     * @param command may have several lines; does not appear in process lists, unlike the programs that it runs
     * @param standardInput what it reads there; at most 1 MiB
     * @param idle how long it may be silent; zero for unlimited
     * @param bound how many bytes of its output are kept, and of its errors
     * @param errorLines receives each line of its standard error, on a thread that must not be blocked, and says whether it
     *     is kept
     * @return to be closed by the caller, which ends the command
     */
    public Execution start(String command, byte[] standardInput, Duration idle, int bound, Predicate<String> errorLines)
            throws RemoteException {
        return shell.start(command, standardInput, idle, bound, errorLines);
    }

    /** Starts a command whose standard error is read at its end. */
    public Execution start(String command, byte[] standardInput, Duration idle, int bound) throws RemoteException {
        return start(command, standardInput, idle, bound, _ -> true);
    }

    /** Runs a command to its end; see {@link #start} and {@link Execution#await}. */
    public ExecutionResult run(String command, byte[] standardInput, Duration idle, int bound) throws RemoteException {
        return shell.run(command, standardInput, idle, bound);
    }

    /** Tests the remote's capabilities. */
    public Capabilities probe() throws RemoteException {
        return capabilities.probe();
    }

    /**
     * Tests what pushes need: capabilities, channels, and whether the remote's folders take files. Writes small files into
     * these folders, and removes them.
     */
    public RemoteReport test() throws RemoteException {
        return new RemoteChecks(link.remote(), this, channels).run();
    }

    /** Ends all that is under way. */
    @Override
    public void close() {
        if (ended.compareAndSet(false, true)) {
            opener.end().forEach(session -> session.close(true));
            link.session().close(true);
        }
    }

    /**
     * Returns the connection for the next {@linkplain RemoteClient#lease lease} to the same remote. It must be idle,
     * and must no longer be used through this object. Does not block; does nothing after {@link #close}, which does
     * nothing after this.
     */
    public void release() {
        if (ended.compareAndSet(false, true)) {
            opener.end().forEach(session -> idle.put(link.remote(), session, null));
            idle.put(link.remote(), link.session(), channels.present());
        }
    }
}
