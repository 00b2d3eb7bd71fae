package dev.slipway.transfer.remote;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHLimitsExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a remote, logged in. All calls block for its answers, for at most the configured time each, and may
 * come from several threads. Paths are absolute and have no NUL.
 *
 * <p>Besides the documented failures, a call may throw: UNREACHABLE and TIMEOUT if the connection is lost, after which
 * all calls fail; PERMISSION_DENIED; NO_CHANNEL if the server has a limit, such as OpenSSH's MaxSessions; UNSUPPORTED
 * if the remote has no SFTP or runs no commands; FAILED for anything else.
 */
public final class RemoteConnection implements AutoCloseable {
    private static final String STATVFS = "statvfs@openssh.com";

    /** What every server accepts (draft-ietf-secsh-filexfer-02 section 3: packets of 34000 bytes). */
    private static final int USUAL_WRITE = 32 * 1024;

    /** Larger requests gain nothing, and delay what else is on the connection. */
    private static final int LARGEST_WRITE = 128 * 1024;

    /** How often a channel is asked for: a server may count one that has just been closed for a moment still. */
    private static final int CHANNEL_TRIES = 4;

    private static final Duration CHANNEL_PAUSE = Duration.ofMillis(200);

    /** What is not a shell may wait for ever for what it takes for input. */
    private static final Duration PROBE_TIME = Duration.ofSeconds(20);

    private static final int PROBE_OUTPUT = 64 * 1024;

    /** The tools that {@link Capabilities} knows. */
    private static final List<String> TOOLS =
            List.of("curl", "sha256sum", "sha512sum", "sha1sum", "shasum", "md5sum", "dd", "df", "fallocate", "touch");

    /**
     * A line of {@code df -P} (<a href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html">POSIX</a>): the
     * names of the file system and of its folder may have spaces.
     */
    private static final Pattern DF =
            Pattern.compile("(?m)^.*?\\s+(\\d+)\\s+(-?\\d+)\\s+(-?\\d+)\\s+(?:\\d+%|-)\\s+/.*$");

    private final Remote remote;
    private final ClientSession session;
    private final RemoteTimeouts timeouts;
    private final IdleConnections idle;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final RequestWatch watch;
    private final ReentrantLock sftpLock = new ReentrantLock();
    private @Nullable SftpChannel sftp;
    private int largestWrite;

    /**
     * Takes a session over.
     *
     * @param sftp open on it already, or null
     */
    RemoteConnection(
            Remote remote,
            ClientSession session,
            @Nullable SftpChannel sftp,
            RemoteTimeouts timeouts,
            IdleConnections idle,
            RequestWatch watch) {
        this.remote = remote;
        this.session = session;
        this.sftp = sftp;
        this.timeouts = timeouts;
        this.idle = idle;
        this.watch = watch;
    }

    String name() {
        return remote.name();
    }

    ClientSession session() {
        return session;
    }

    RemoteTimeouts timeouts() {
        return timeouts;
    }

    /** See {@link RequestWatch}. */
    void at(String moment) throws IOException {
        watch.at(this, moment);
    }

    /** Whether it is there, as far as is known. */
    public boolean isOpen() {
        return session.isOpen();
    }

    /**
     * The attributes of a file or folder.
     *
     * @return empty if there is none
     */
    public Optional<RemoteFile> stat(String path) throws RemoteException {
        try {
            return Optional.of(file(path, sftp().stat(path)));
        } catch (IOException e) {
            if (RemoteFailures.failure(session, e) == RemoteFailure.NOT_FOUND) {
                return Optional.empty();
            }
            throw failure("look at " + path, e);
        }
    }

    /**
     * Resolves all links in a path, as far as the server does: SSH_FXP_REALPATH (draft-ietf-secsh-filexfer-02 section
     * 6.11), for which some servers only take out {@code .} and {@code ..}.
     *
     * @throws RemoteException NOT_FOUND
     */
    public String realPath(String path) throws RemoteException {
        try {
            return sftp().canonicalPath(path);
        } catch (IOException e) {
            throw failure("find out where " + path + " is", e);
        }
    }

    private static RemoteFile file(String name, SftpClient.Attributes attributes) {
        FileTime modified = attributes.getModifyTime();
        return new RemoteFile(
                name, attributes.getSize(), attributes.isDirectory(), modified == null ? null : modified.toInstant());
    }

    /**
     * Creates a folder and its parents. Existing ones are unchanged.
     *
     * @throws RemoteException ALREADY_EXISTS: one of them is a file
     */
    public void makeFolders(String path) throws RemoteException {
        List<String> missing = new ArrayList<>();
        String folder = path;
        Optional<RemoteFile> there = stat(folder);
        while (there.isEmpty()) {
            missing.addFirst(folder);
            folder = parent(folder);
            there = stat(folder);
        }
        if (!there.get().folder()) {
            throw new RemoteException(
                    RemoteFailure.ALREADY_EXISTS, remote.name() + ": " + folder + " is a file, not a folder");
        }
        for (String next : missing) {
            try {
                sftp().mkdir(next);
            } catch (IOException e) {
                // Another job may have been quicker.
                if (!stat(next).map(RemoteFile::folder).orElse(false)) {
                    throw writeFailure("create the folder " + next, next, e);
                }
            }
        }
    }

    private static String parent(String path) {
        String stripped = path.endsWith("/") && path.length() > 1 ? path.substring(0, path.length() - 1) : path;
        int slash = stripped.lastIndexOf('/');
        return slash <= 0 ? "/" : stripped.substring(0, slash);
    }

    /**
     * Removes a file.
     *
     * @return whether there was one
     */
    public boolean remove(String path) throws RemoteException {
        try {
            sftp().remove(path);
            return true;
        } catch (IOException e) {
            // A read-only file system also reports that for missing files.
            if (RemoteFailures.failure(session, e) == RemoteFailure.NOT_FOUND
                    || (isVague(e) && stat(path).isEmpty())) {
                return false;
            }
            throw vague("remove " + path, path, e, false);
        }
    }

    /**
     * Removes an empty folder.
     *
     * @return whether there was one
     */
    public boolean removeFolder(String path) throws RemoteException {
        try {
            sftp().rmdir(path);
            return true;
        } catch (IOException e) {
            if (RemoteFailures.failure(session, e) == RemoteFailure.NOT_FOUND) {
                return false;
            }
            throw vague("remove the folder " + path, path, e, false);
        }
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
        SftpChannel channel = sftp();
        List<RemoteFile> files = new ArrayList<>();
        try (SftpClient.CloseableHandle handle = channel.openDir(folder)) {
            for (SftpClient.DirEntry entry : channel.listDir(handle)) {
                String name = entry.getFilename();
                if (!name.equals(".") && !name.equals("..")) {
                    files.add(file(name, entry.getAttributes()));
                    if (files.size() >= limit) {
                        break;
                    }
                }
            }
            return files;
        } catch (IOException e) {
            throw failure("list " + folder, e);
        } catch (RuntimeException e) {
            // What an iterator makes of an IOException.
            IOException cause = RemoteFailures.find(e, IOException.class);
            if (cause == null) {
                throw e;
            }
            throw failure("list " + folder, cause);
        }
    }

    /**
     * Renames a file within a file system.
     *
     * @throws RemoteException NOT_FOUND: there is no such file, or no such folder. ALREADY_EXISTS: there is a file of that name
     */
    public void rename(String from, String to) throws RemoteException {
        String doing = "rename " + from + " to " + to;
        try {
            if (stat(to).isPresent()) {
                throw exists(doing);
            }
            sftp().rename(from, to);
        } catch (IOException e) {
            // OpenSSH's server has no word for it.
            if (isVague(e) && stat(from).isPresent() && stat(to).isPresent()) {
                throw exists(doing);
            }
            throw writeFailure(doing, to, e);
        }
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
        String doing = "rename " + from + " to " + to;
        SftpChannel channel = sftp();
        try {
            OpenSSHPosixRenameExtension extension = channel.getExtension(OpenSSHPosixRenameExtension.class);
            if (extension != null && extension.isSupported()) {
                extension.posixRename(from, to);
                return true;
            }
            // So that nothing is lost where there is nothing to be renamed.
            if (stat(from).isEmpty()) {
                throw new RemoteException(
                        RemoteFailure.NOT_FOUND, remote.name() + ": cannot " + doing + ": no such file");
            }
            try {
                channel.rename(from, to);
            } catch (SftpException e) {
                if (RemoteFailures.failure(session, e) == RemoteFailure.NOT_FOUND || !isThere(to)) {
                    throw e;
                }
                replaceInSteps(channel, from, to, aside);
            }
        } catch (IOException e) {
            throw writeFailure(doing, to, e);
        }
        try {
            remove(aside);
            return true;
        } catch (RemoteException _) {
            return false;
        }
    }

    private void replaceInSteps(SftpChannel channel, String from, String to, String aside)
            throws IOException, RemoteException {
        // What is there of an earlier time was replaced since, by whatever has the name now.
        if (channel.lstat(to).isDirectory()) {
            throw exists("rename " + from + " to " + to);
        }
        remove(aside);
        channel.rename(to, aside);
        try {
            channel.rename(from, to);
        } catch (IOException e) {
            try {
                putBack(aside, to);
            } catch (RemoteException failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    /**
     * Undoes an interrupted {@link #replace}: a file that was moved aside gets its name back, unless there is another
     * one of that name by now.
     */
    public void putBack(String aside, String to) throws RemoteException {
        try {
            if (!isThere(aside)) {
                return;
            }
            if (isThere(to)) {
                remove(aside);
            } else {
                sftp().rename(aside, to);
            }
        } catch (IOException e) {
            throw writeFailure("rename " + aside + " to " + to, to, e);
        }
    }

    /** Also a link that leads nowhere. */
    private boolean isThere(String path) throws IOException, RemoteException {
        try {
            sftp().lstat(path);
            return true;
        } catch (IOException e) {
            if (RemoteFailures.failure(session, e) == RemoteFailure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private RemoteException exists(String doing) {
        return new RemoteException(
                RemoteFailure.ALREADY_EXISTS, remote.name() + ": cannot " + doing + ": the file already exists");
    }

    private boolean isVague(IOException e) {
        return RemoteFailures.failure(session, e) == RemoteFailure.FAILED;
    }

    /** Sets when a file was last changed, to the second; programs that watch a folder notice that. */
    public void setModified(String path, Instant time) throws RemoteException {
        try {
            FileTime value = FileTime.from(time);
            // The protocol has no way to set the one without the other.
            sftp().setStat(path, new SftpClient.Attributes().modifyTime(value).accessTime(value));
        } catch (IOException e) {
            throw writeFailure("set the time of " + path, path, e);
        }
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
        SftpChannel channel = sftp();
        OpenSSHFsyncExtension extension = channel.getExtension(OpenSSHFsyncExtension.class);
        if (extension == null || !extension.isSupported()) {
            return false;
        }
        try (SftpClient.CloseableHandle handle = channel.open(path, EnumSet.of(SftpClient.OpenMode.Write))) {
            extension.fsync(handle);
            return true;
        } catch (IOException e) {
            throw writeFailure("sync " + path, path, e);
        }
    }

    /**
     * Measures the free space of the file system of a path.
     *
     * @param path its nearest existing folder is measured
     * @throws RemoteException UNSUPPORTED: it cannot be measured
     */
    public RemoteSpace space(String path) throws RemoteException {
        SftpChannel channel = sftp();
        String folder = path;
        while (stat(folder).isEmpty() && !folder.equals("/")) {
            folder = parent(folder);
        }
        if (channel.getServerExtensions().containsKey(STATVFS)) {
            try {
                OpenSSHStatExtensionInfo info = statvfs(channel, folder);
                return new RemoteSpace(
                        bytes(info.f_blocks, info.f_frsize), bytes(info.f_bavail, info.f_frsize), STATVFS);
            } catch (IOException e) {
                if (RemoteFailures.failure(session, e) != RemoteFailure.UNSUPPORTED) {
                    throw failure("measure the free space of " + folder, e);
                }
            }
        }
        return df(folder);
    }

    private static OpenSSHStatExtensionInfo statvfs(SftpChannel channel, String path) throws IOException {
        OpenSSHStatPathExtension extension = channel.getExtension(OpenSSHStatPathExtension.class);
        if (extension == null) {
            throw new IOException("no statvfs");
        }
        return extension.stat(path);
    }

    /** Some file systems that have no end say so with numbers that have none either. */
    private static long bytes(long blocks, long blockSize) {
        long high = Math.unsignedMultiplyHigh(blocks, blockSize);
        long low = blocks * blockSize;
        return high != 0 || low < 0 ? Long.MAX_VALUE : low;
    }

    private RemoteSpace df(String folder) throws RemoteException {
        ExecutionResult result;
        try {
            result = run("LC_ALL=C df -P -k -- " + ShellWords.quote(folder), new byte[0], probeTime(), PROBE_OUTPUT);
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.UNREACHABLE || e.failure() == RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            throw unmeasurable(folder, "it has no " + STATVFS + ", and does not run commands", e);
        }
        return parseDf(result.output())
                .orElseThrow(() -> unmeasurable(
                        folder,
                        "it has no " + STATVFS + ", and df reports: " + (result.output() + result.errors()).strip(),
                        null));
    }

    private RemoteException unmeasurable(String folder, String why, @Nullable Throwable cause) {
        return new RemoteException(
                RemoteFailure.UNSUPPORTED,
                remote.name() + ": the free space of " + folder + " cannot be measured: " + why,
                cause);
    }

    /** Reads what {@code df -P -k} prints. */
    static Optional<RemoteSpace> parseDf(String output) {
        int header = output.indexOf("1024-blocks");
        Matcher line = DF.matcher(output);
        if (header < 0 || !line.find(output.indexOf('\n', header) + 1)) {
            return Optional.empty();
        }
        try {
            long total = Math.multiplyExact(Long.parseLong(line.group(1)), 1024);
            long available = Math.multiplyExact(Long.parseLong(line.group(3)), 1024);
            return Optional.of(new RemoteSpace(total, Math.max(0, available), "df"));
        } catch (ArithmeticException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    /**
     * Creates an empty file, or truncates an existing one.
     *
     * @throws RemoteException NOT_FOUND: its folder is not there
     */
    public void create(String path) throws RemoteException {
        SftpChannel channel = sftp();
        try {
            channel.close(channel.open(
                    path,
                    EnumSet.of(SftpClient.OpenMode.Write, SftpClient.OpenMode.Create, SftpClient.OpenMode.Truncate)));
        } catch (IOException e) {
            throw writeFailure("write to " + path, path, e);
        }
    }

    /**
     * Opens a file for writing, on its own SFTP channel; creates it if it is missing.
     *
     * @param truncate whether to begin with an empty file
     * @return to be closed by the caller
     * @throws RemoteException NOT_FOUND: its folder is not there
     */
    public RemoteFileWriter openForWriting(String path, boolean truncate) throws RemoteException {
        Set<SftpClient.OpenMode> modes = EnumSet.of(SftpClient.OpenMode.Write, SftpClient.OpenMode.Create);
        if (truncate) {
            modes.add(SftpClient.OpenMode.Truncate);
        }
        int largest = largestWrite();
        SftpChannel channel = openChannel();
        boolean opened = false;
        try {
            RemoteFileWriter writer = new RemoteFileWriter(this, channel, channel.open(path, modes), path, largest);
            opened = true;
            return writer;
        } catch (IOException e) {
            throw writeFailure("write to " + path, path, e);
        } finally {
            if (!opened) {
                discard(channel);
            }
        }
    }

    /**
     * Opens a file for reading, on its own SFTP channel.
     *
     * @return to be closed by the caller
     * @throws RemoteException NOT_FOUND
     */
    public RemoteFileReader openForReading(String path) throws RemoteException {
        SftpChannel channel = openChannel();
        boolean opened = false;
        try {
            RemoteFileReader reader =
                    new RemoteFileReader(this, channel, channel.open(path, EnumSet.of(SftpClient.OpenMode.Read)), path);
            opened = true;
            return reader;
        } catch (IOException e) {
            throw failure("read " + path, e);
        } finally {
            if (!opened) {
                discard(channel);
            }
        }
    }

    /**
     * Starts a command, in a POSIX shell whatever the user's own one is.
     *
     * @param command may have several lines; does not appear in process lists, unlike the programs that it runs
     * @param standardInput what it reads there; at most 1 MiB
     * @param idle how long it may be silent; zero for unlimited
     * @param bound how many bytes of its output are kept, and of its errors
     * @param errorLines receives each line of its standard error, on a thread that must not be blocked
     * @return to be closed by the caller, which ends the command
     */
    public Execution start(String command, byte[] standardInput, Duration idle, int bound, Consumer<String> errorLines)
            throws RemoteException {
        if (command.indexOf('\0') >= 0 || standardInput.length > 1024 * 1024) {
            throw new IllegalArgumentException("a command with a NUL or too much input");
        }
        try {
            return opened(() -> Execution.start(this, command, standardInput, idle, bound, errorLines));
        } catch (IllegalStateException e) {
            throw failure("run a command", new IOException(e));
        } catch (IOException e) {
            throw failure("run a command", e);
        }
    }

    /** Starts a command whose standard error is read at its end. */
    public Execution start(String command, byte[] standardInput, Duration idle, int bound) throws RemoteException {
        return start(command, standardInput, idle, bound, _ -> {});
    }

    /** Runs a command to its end; see {@link #start} and {@link Execution#await}. */
    public ExecutionResult run(String command, byte[] standardInput, Duration idle, int bound) throws RemoteException {
        try (Execution execution = start(command, standardInput, idle, bound)) {
            return execution.await();
        }
    }

    private Duration probeTime() {
        return timeouts.answer().compareTo(PROBE_TIME) < 0 ? timeouts.answer() : PROBE_TIME;
    }

    /** Tests the remote's capabilities. */
    public Capabilities probe() throws RemoteException {
        Set<String> extensions = new TreeSet<>(sftp().getServerExtensions().keySet());
        Set<String> tools = new TreeSet<>();
        String mark = "slipway" + Long.toUnsignedString(System.nanoTime(), 36);
        String script = "printf '%s-%s\\n' " + mark + " begin\nfor tool in " + String.join(" ", TOOLS)
                + "; do if command -v \"$tool\" >/dev/null 2>&1; then printf '%s-%s\\n' " + mark
                + " \"$tool\"; fi; done\nprintf '%s-%s\\n' " + mark + " end";
        boolean shell = false;
        try {
            String output = run(script, new byte[0], probeTime(), PROBE_OUTPUT).output();
            // Whatever else is printed there, by the system or by the user's own shell.
            shell = output.contains(mark + "-begin\n") && output.contains(mark + "-end\n");
            for (String tool : TOOLS) {
                if (shell && output.contains(mark + "-" + tool + "\n")) {
                    tools.add(tool);
                }
            }
        } catch (RemoteException e) {
            // What is found out is remembered.
            if (!isAnswering()) {
                throw new RemoteException(
                        RemoteFailure.UNREACHABLE,
                        remote.name() + ": the connection was lost while its capabilities were checked",
                        e);
            }
        }
        return new Capabilities(extensions, shell, tools);
    }

    /**
     * Whether it is there for sure. What is sent on a connection that is lost fails a moment before the connection itself is
     * closed, and a silent one is closed only when that has lasted: neither is to be taken for a remote that cannot do what it
     * was asked for.
     */
    private boolean isAnswering() {
        return IdleConnections.isAlive(session, timeouts.answer());
    }

    /** Ends all that is under way. */
    @Override
    public void close() {
        if (ended.compareAndSet(false, true)) {
            session.close(true);
        }
    }

    /**
     * Returns the connection for the next {@linkplain RemoteClient#lease lease} to the same remote. It must be idle,
     * and must no longer be used through this object. Does not block; does nothing after {@link #close}, which does
     * nothing after this.
     */
    public void release() {
        SftpChannel channel;
        sftpLock.lock();
        try {
            channel = sftp;
        } finally {
            sftpLock.unlock();
        }
        if (ended.compareAndSet(false, true)) {
            idle.put(remote, session, channel);
        }
    }

    private SftpChannel sftp() throws RemoteException {
        sftpLock.lock();
        try {
            if (sftp == null || !sftp.isOpen()) {
                sftp = openChannel();
            }
            return sftp;
        } finally {
            sftpLock.unlock();
        }
    }

    private interface Opening<C> {
        C open() throws IOException;
    }

    private <C> C opened(Opening<C> opening) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return opening.open();
            } catch (IOException e) {
                if (tries == CHANNEL_TRIES || RemoteFailures.failure(session, e) != RemoteFailure.NO_CHANNEL) {
                    throw e;
                }
            }
            session.waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), CHANNEL_PAUSE);
        }
    }

    private SftpChannel openChannel() throws RemoteException {
        try {
            return opened(() -> {
                at("before a channel for SFTP");
                SftpChannel channel = new SftpChannel(this);
                at("after a channel for SFTP");
                return channel;
            });
        } catch (IllegalStateException e) {
            // What the library says of a session that is just ending.
            throw failure("open an SFTP channel", new IOException(e));
        } catch (IOException e) {
            if (RemoteFailures.failure(session, e) == RemoteFailure.UNREACHABLE && isAnswering()) {
                throw new RemoteException(
                        RemoteFailure.UNSUPPORTED, remote.name() + ": it does not support SFTP: " + e.getMessage(), e);
            }
            throw failure("open an SFTP channel", e);
        }
    }

    void discard(SftpChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // It is of no use any more, either way.
        }
    }

    private int largestWrite() throws RemoteException {
        SftpChannel channel = sftp();
        sftpLock.lock();
        try {
            if (largestWrite == 0) {
                OpenSSHLimitsExtension extension = channel.getExtension(OpenSSHLimitsExtension.class);
                long limit = extension != null && extension.isSupported() ? extension.limits().maxWriteLength : 0;
                largestWrite = limit <= 0 ? USUAL_WRITE : (int) Math.min(limit, LARGEST_WRITE);
            }
            return largestWrite;
        } catch (IOException e) {
            throw failure("ask for the limits of SFTP", e);
        } finally {
            sftpLock.unlock();
        }
    }

    RemoteException failure(String doing, IOException cause) {
        return RemoteFailures.of(remote.name(), doing, session, cause);
    }

    RemoteException writeFailure(String doing, String path, IOException cause) {
        return vague(doing, path, cause, true);
    }

    /** OpenSSH's server says "Failure" of a full file system, and of one that cannot be written: it is asked. */
    private RemoteException vague(String doing, String path, IOException cause, boolean needsSpace) {
        if (!isVague(cause)) {
            return failure(doing, cause);
        }
        try {
            SftpChannel channel = sftp();
            if (channel.getServerExtensions().containsKey(STATVFS)) {
                OpenSSHStatExtensionInfo info = statvfs(channel, stat(path).isPresent() ? path : parent(path));
                if ((info.f_flag & OpenSSHStatExtensionInfo.SSH_FXE_STATVFS_ST_RDONLY) != 0) {
                    return new RemoteException(
                            RemoteFailure.PERMISSION_DENIED,
                            remote.name() + ": cannot " + doing + ": the file system is read-only",
                            cause);
                }
                if (needsSpace && isFull(info)) {
                    return new RemoteException(
                            RemoteFailure.NO_SPACE, remote.name() + ": cannot " + doing + ": no space left", cause);
                }
            }
        } catch (IOException | RemoteException e) {
            cause.addSuppressed(e);
        }
        return failure(doing, cause);
    }

    /** Whether there is no space for one more request, or for one more file. */
    private static boolean isFull(OpenSSHStatExtensionInfo info) {
        return bytes(info.f_bavail, info.f_frsize) < LARGEST_WRITE || (info.f_favail == 0 && info.f_files > 0);
    }
}
