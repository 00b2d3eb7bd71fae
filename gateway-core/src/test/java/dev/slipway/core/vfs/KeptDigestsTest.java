package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a digest is available without reading the object. */
@S3Store
class KeptDigestsTest {
    private static final byte[] SMALL = Bytes.random(1, 1000);
    private static final byte[] LARGE = Bytes.random(2, 20 << 20);

    private final ProxiedFiles fixture;
    private final VirtualFileSystem files;

    KeptDigestsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        fixture = new ProxiedFiles(bucket, folder);
        files = fixture.files;
    }

    @AfterEach
    void close() throws IOException {
        fixture.close();
    }

    private static void put(VirtualFileSystem files, String path, byte[] content) throws VfsException {
        try (FileUpload upload = files.create(path(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(content));
            upload.commit();
        }
    }

    private static byte[] digest(String algorithm, byte[] content) throws Exception {
        return MessageDigest.getInstance(algorithm).digest(content);
    }

    private byte[] checksum(String path, DigestAlgorithm algorithm) throws VfsException {
        return files.checksum(path(path), algorithm, 0, Long.MAX_VALUE, () -> false);
    }

    private byte[] checksumWithoutReading(String path, DigestAlgorithm algorithm) throws VfsException {
        fixture.proxy.forgetRequests();
        byte[] checksum = checksum(path, algorithm);
        assertThat(fixture.proxy.requests())
                .noneMatch(request ->
                        request.method().equals("GET") && request.path().endsWith(path));
        return checksum;
    }

    @Test
    void afterARequestForADigestLaterUploadsComputeIt() throws Exception {
        put(files, "/first", SMALL);
        assertThat(checksum("/first", DigestAlgorithm.MD5)).isEqualTo(digest("MD5", SMALL));

        put(files, "/small", SMALL);
        put(files, "/large", LARGE);
        put(files, "/empty", new byte[0]);

        assertThat(checksumWithoutReading("/small", DigestAlgorithm.MD5)).isEqualTo(digest("MD5", SMALL));
        assertThat(checksumWithoutReading("/large", DigestAlgorithm.MD5)).isEqualTo(digest("MD5", LARGE));
        assertThat(checksumWithoutReading("/empty", DigestAlgorithm.MD5)).isEqualTo(digest("MD5", new byte[0]));
    }

    @Test
    void anAccountOptionComputesDigestsFromTheFirstUploadOn() throws Exception {
        VirtualFileSystem uploader = fixture.fileSystems.open(new Account(
                "uploader",
                List.of(new Mount(VirtualPath.ROOT, fixture.bucket, "", false)),
                EnumSet.allOf(Permission.class),
                Set.of(AccountOption.UPLOAD_SHA1, AccountOption.UPLOAD_SHA256, AccountOption.UPLOAD_SHA512),
                Account.UNLIMITED));
        put(uploader, "/file", LARGE);

        assertThat(checksumWithoutReading("/file", DigestAlgorithm.SHA1)).isEqualTo(digest("SHA-1", LARGE));
        assertThat(checksumWithoutReading("/file", DigestAlgorithm.SHA256)).isEqualTo(digest("SHA-256", LARGE));
        assertThat(checksumWithoutReading("/file", DigestAlgorithm.SHA512)).isEqualTo(digest("SHA-512", LARGE));
    }

    @Test
    void outOfOrderBlocksAreDigestedInOrder() throws Exception {
        put(files, "/first", SMALL);
        checksum("/first", DigestAlgorithm.MD5);
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(600, ByteBuffer.wrap(SMALL, 600, 400));
            upload.write(300, ByteBuffer.wrap(SMALL, 300, 300));
            upload.write(0, ByteBuffer.wrap(SMALL, 0, 300));
            upload.commit();
        }
        assertThat(checksumWithoutReading("/file", DigestAlgorithm.MD5)).isEqualTo(digest("MD5", SMALL));
    }

    @Test
    void digestsDoNotOutliveTheirVersion() throws Exception {
        put(files, "/file", SMALL);
        checksum("/file", DigestAlgorithm.MD5);
        put(files, "/file", LARGE);
        fixture.putObject("file", "theirs");
        assertThat(checksum("/file", DigestAlgorithm.MD5))
                .isEqualTo(digest("MD5", "theirs".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void renamesKeepDigests() throws Exception {
        files.mkdir(path("/from"));
        put(files, "/from/file", SMALL);
        checksum("/from/file", DigestAlgorithm.SHA256);
        files.rename(path("/from"), path("/directory"), RenameMode.KEEP_TARGET);
        assertThat(checksumWithoutReading("/directory/file", DigestAlgorithm.SHA256))
                .isEqualTo(digest("SHA-256", SMALL));

        files.rename(path("/directory/file"), path("/file"), RenameMode.KEEP_TARGET);
        assertThat(checksumWithoutReading("/file", DigestAlgorithm.SHA256)).isEqualTo(digest("SHA-256", SMALL));

        put(files, "/from", LARGE);
        files.rename(path("/from"), path("/file"), RenameMode.REPLACE_TARGET);
        assertThat(checksum("/file", DigestAlgorithm.SHA256)).isEqualTo(digest("SHA-256", LARGE));
    }
}
