package dev.slipway.app.embedded;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.Arrays;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An S3 store inside this process: s3proxy on a folder. It is for trying out Slipway and for small installations. An
 * object is a file of the folder, with its metadata in extended attributes. Stored objects survive if the process is
 * killed; but nothing is synced to disk, so a power failure may lose the latest objects.
 *
 * <p>The folder belongs to the store alone: {@code buckets/} has the objects, {@code lock} keeps a second process away,
 * and {@code running} exists while a store runs, so that the next start knows if it was killed and removes unfinished
 * files.
 *
 * <p>What it answers (s3proxy 4.1.0, each point asserted in {@code EmbeddedS3Test}):
 *
 * <ul>
 * <li>All buckets and objects are private, whatever the modes of their files: without credentials, 403. Canned ACLs
 * other than {@code private} are refused with 400.
 * <li>Signatures of version 4 are checked; the body's too, if signed. A body that is signed as a whole has to be held
 * in memory for that and is limited to 16 MiB: 400 beyond. One that is signed in chunks, as by the AWS SDK for Java, or
 * not at all, goes to the disk as it comes.
 * <li>PUT with {@code If-None-Match: *} is atomic, also among parallel requests; so is CompleteMultipartUpload with it.
 * The refusal is a 412, and the parts stay. {@code If-Match} on both is a check followed by a write: two at once may
 * both succeed.
 * <li>{@code x-amz-checksum-*} on PUT and UploadPart is compared with the body: 400 BadDigest. On an object it is given
 * back when a GET or HEAD asks for it; ListParts has none. Checksums in CompleteMultipartUpload make the store read all
 * parts once more.
 * <li>CopyObject with {@code x-amz-copy-source-if-match}: 412 when the source is another. It keeps the metadata.
 * Conditions on its destination are ignored: look before, and hold a lock of your own.
 * <li>UploadPartCopy, with and without a range.
 * <li>DeleteObjects needs a Content-MD5 or a checksum of its body, which the SDK sends. Keys that name nothing are
 * reported as deleted.
 * <li>ListObjectsV2 is in UTF-16 order, which differs from S3's order beyond U+FFFF only; the continuation token is the
 * last key. Each page reads the whole directory (without a delimiter, the whole tree below it).
 * <li>ListMultipartUploads has the uploads of the whole bucket, ListParts all parts in their order, by number.
 * <li>User metadata comes back as it was sent, its names in lower case.
 * <li>An upload in parts survives a restart. Its parts, other than the last, are at least 5 MiB.
 * <li>UploadPart after AbortMultipartUpload is a success; the part is cleared away at the next start.
 * <li>Tags, versions, object locks and lifecycle rules: 501, or 400 where s3proxy does not know the header.
 * </ul>
 *
 * <p>What it cannot keep, because a key becomes a path, and refuses with 400 InvalidArgument instead of mixing it up
 * (reading such a key is a 404): empty segments (a slash at the start, two in a row), segments {@code .} and {@code
 * ..}, names within a directory that begin with {@code .mpus-}; names of more than 218 bytes, and for uploads in parts
 * of more than 212 bytes (169 if the key has no slash); a key beside one that has it as a directory ({@code a} and
 * {@code a/b}). The content of an object whose key ends in a slash is dropped.
 */
public final class EmbeddedS3 implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedS3.class);

    /** Idle time after which an incomplete upload is considered abandoned. */
    private static final Duration IDLE_UPLOAD = Duration.ofDays(7);
    /** S3's limit of user metadata per object, in bytes; the file system must hold that plus the store's own. */
    private static final int USER_METADATA = 2048;

    /** The longest body that is held in memory, in bytes. */
    private static final int LARGEST_SIGNED_BODY = 16 * 1024 * 1024;

    private static final int STOP_MILLIS = 5_000;

    private final FileChannel lock;
    private final Path running;
    private final S3Proxy server;
    private final URI endpoint;

    @GuardedBy("this")
    private boolean closed;

    private EmbeddedS3(FileChannel lock, Path running, S3Proxy server, URI endpoint) {
        this.lock = lock;
        this.running = running;
        this.server = server;
        this.endpoint = endpoint;
    }

    /**
     * Starts a store. Blocks until it accepts connections: about a second, and after a crash as long as it takes to
     * scan the folder.
     *
     * @param data the folder, created if missing, readable by its owner only
     * @param bind the address to listen on; port 0 picks a free one
     * @param accessKey the only accepted access key id
     * @param secretKey its secret
     * @throws IOException if the folder is in use by another process, cannot be written, or has no extended attributes,
     *     if the locale is without UTF-8, or if the address is not available; the message says what to do
     */
    public static EmbeddedS3 start(Path data, InetSocketAddress bind, String accessKey, String secretKey)
            throws IOException {
        if (accessKey.isEmpty() || secretKey.isEmpty()) {
            throw new IllegalArgumentException("the embedded store needs an access key and a secret key");
        }
        if (bind.isUnresolved()) {
            throw new IllegalArgumentException("unknown host: " + bind.getHostString());
        }
        Path folder = data.toAbsolutePath();
        if (!Files.isDirectory(folder)) {
            createPrivateDirectory(folder);
        }
        Path buckets = Files.createDirectories(folder.resolve("buckets"));
        FileChannel lock = lock(folder);
        try {
            requireAttributes(folder);
            requireUnicodeNames(folder);
            Path running = folder.resolve("running");
            clearAway(new Leftovers(buckets), running);
            // Leftovers of a crash were changed later than this file; both times are those of the file system.
            Files.write(running, new byte[0]);
            S3Proxy server = serve(buckets, bind, accessKey, secretKey);
            return new EmbeddedS3(lock, running, server, uri(bind.getAddress().getHostAddress(), server.getPort()));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** The store's address: {@code http}, the address it listens on, and the port. */
    public URI endpoint() {
        return endpoint;
    }

    /** Stops listening, and lets running requests end within 5 s. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            server.stop();
            Files.deleteIfExists(running);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the embedded store did not stop cleanly", e);
        } finally {
            lock.close();
        }
    }

    private static void createPrivateDirectory(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Locked by this very process: reported below, like any other owner.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException("another process already serves " + folder + "; stop it, or choose another folder");
    }

    /** If the file system had no room for metadata, it would vanish silently. */
    private static void requireAttributes(Path folder) throws IOException {
        Path probe = Files.createTempFile(folder, "probe", "");
        try {
            UserDefinedFileAttributeView view = Files.getFileAttributeView(probe, UserDefinedFileAttributeView.class);
            if (view == null) {
                throw new UnsupportedOperationException("no such view");
            }
            byte[] value = new byte[USER_METADATA / 8];
            Arrays.fill(value, (byte) 'x');
            for (int i = 0; i < 8; i++) {
                view.write("user-metadata.probe-" + i, ByteBuffer.wrap(value));
            }
            ByteBuffer read = ByteBuffer.allocate(value.length);
            view.read("user-metadata.probe-7", read);
            if (!Arrays.equals(read.array(), value)) {
                throw new FileSystemException(probe.toString(), null, "an attribute came back changed");
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new IOException(
                    "the embedded store requires a file system with extended attributes (user.*) of at least "
                            + USER_METADATA + " bytes per file for object metadata; "
                            + folder + " does not provide them. Choose a folder on ext4, XFS, Btrfs or ZFS.",
                    e);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /**
     * With a locale such as POSIX the JDK cannot create files with non-ASCII names, and lists existing ones under other
     * names.
     */
    private static void requireUnicodeNames(Path folder) throws IOException {
        try {
            LOG.debug("Non-ASCII names can be stored: {}", folder.resolve("größe"));
        } catch (InvalidPathException e) {
            throw new IOException(
                    "the embedded store requires a UTF-8 locale, since object keys become file names; set"
                            + " LC_ALL=C.UTF-8 before starting",
                    e);
        }
    }

    private static void clearAway(Leftovers leftovers, Path running) throws IOException {
        if (Files.exists(running)) {
            BasicFileAttributes crashed = Files.readAttributes(running, BasicFileAttributes.class);
            FileTime start = crashed.lastModifiedTime();
            int removed = leftovers.removeUnfinished(start.toInstant());
            LOG.info("The embedded store was not stopped cleanly; {} unfinished files were removed", removed);
        }
        int uploads = leftovers.removeUploads(IDLE_UPLOAD);
        if (uploads > 0) {
            LOG.info("{} uploads that can no longer be completed were removed", uploads);
        }
    }

    private static S3Proxy serve(Path buckets, InetSocketAddress bind, String accessKey, String secretKey)
            throws IOException {
        S3Proxy server = S3Proxy.builder()
                .blobStore(new GuardedBlobStore(new FilesystemNio2BlobStore(buckets.toString()), buckets))
                .endpoint(uri(bind.getAddress().getHostAddress(), bind.getPort()))
                .awsAuthentication(AuthenticationType.AWS_V4, accessKey, secretKey)
                .v4MaxNonChunkedRequestSize(LARGEST_SIGNED_BODY)
                .stopTimeout(STOP_MILLIS)
                .build();
        try {
            server.start();
            return server;
        } catch (Exception e) {
            IOException failure = new IOException(
                    "the embedded store cannot listen on " + bind.getHostString() + ":" + bind.getPort() + ": "
                            + rootMessage(e),
                    e);
            try {
                server.stop();
            } catch (Exception stopFailure) {
                failure.addSuppressed(stopFailure);
            }
            throw failure;
        }
    }

    private static @Nullable String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage();
    }

    private static URI uri(String address, int port) {
        try {
            // Puts brackets around an IPv6 address.
            return new URI("http", null, address, port, null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not an address to listen on: " + address, e);
        }
    }
}
