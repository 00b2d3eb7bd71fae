package dev.slipway.app.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The embedded store's answers to the SDK: each line of EmbeddedS3's Javadoc. */
@Timeout(Patience.TEST_SECONDS)
class EmbeddedS3Test {
    private static final String BUCKET = "files";
    private static final int PART = 5 * 1024 * 1024;

    @TempDir
    private static Path data;

    private static EmbeddedS3 store;
    private static S3AsyncClient client;

    @BeforeAll
    static void start() throws IOException {
        store = EmbeddedS3.start(data.resolve("store"), loopback(0), "key", "secret");
        client = endpoint("secret").newClient();
        client.createBucket(r -> r.bucket(BUCKET)).join();
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
        store.close();
    }

    private static S3Endpoint endpoint(String secret) {
        return new S3Endpoint("s3proxy", store.endpoint(), "us-east-1", "key", secret);
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    // Starting

    @Test
    void listensOnTheGivenAddressAndOnAFreePort() {
        assertThat(store.endpoint().getHost()).isEqualTo("127.0.0.1");
        assertThat(store.endpoint().getPort()).isPositive();
    }

    @Test
    void refusesAFolderThatIsInUse() {
        assertThatThrownBy(() -> EmbeddedS3.start(data.resolve("store"), loopback(0), "key", "secret"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another process already serves " + data.resolve("store"));
    }

    @Test
    void refusesAPortThatIsInUse(@TempDir Path other) throws IOException {
        int port = store.endpoint().getPort();
        assertThatThrownBy(() -> EmbeddedS3.start(other, loopback(port), "key", "secret"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen on")
                .hasMessageContaining("Address already in use");
        // The folder is unlocked again.
        EmbeddedS3.start(other, loopback(0), "key", "secret").close();
    }

    @Test
    void startsAgainAfterItWasClosed(@TempDir Path other) throws IOException {
        for (int i = 0; i < 2; i++) {
            EmbeddedS3 again = EmbeddedS3.start(other, loopback(0), "key", "secret");
            assertThat(other.resolve("running")).exists();
            again.close();
            again.close();
        }
        assertThat(other.resolve("running")).doesNotExist();
    }

    @Test
    void sweepsOnlyAfterACrash(@TempDir Path other) throws IOException {
        EmbeddedS3.start(other, loopback(0), "key", "secret").close();
        Path bucket = Files.createDirectories(other.resolve("buckets/files"));
        Path file = Files.writeString(bucket.resolve("x-0b8a9a36-5a5c-4a61-9d0c-222222222222"), "");
        EmbeddedS3.start(other, loopback(0), "key", "secret").close();
        assertThat(file).exists();
    }

    /** The file system inside a ZIP file has no extended attributes. */
    @Test
    void refusesAFileSystemWithoutAttributes(@TempDir Path other) throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(other.resolve("data.zip"), Map.of("create", "true"))) {
            Path folder = Files.createDirectory(zip.getPath("/data"));
            assertThatThrownBy(() -> EmbeddedS3.start(folder, loopback(0), "key", "secret"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("requires a file system with extended attributes");
        }
    }

    @Test
    void refusesALocaleThatCannotNameFiles(@TempDir Path other) throws Exception {
        ClientResult result = Clients.command(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EmbeddedS3Process.class.getName(),
                        other.toString())
                .environment("LC_ALL", "POSIX")
                .run(Patience.LIMIT)
                .assertFailure();
        assertThat(result.stderr()).contains("set LC_ALL=C.UTF-8");
    }

    @Test
    void keepsItsFolderPrivate() throws IOException {
        assertThat(Files.getPosixFilePermissions(data.resolve("store"))).hasSize(3);
    }

    @Test
    void checksCredentials() {
        try (S3AsyncClient stranger = endpoint("wrong").newClient()) {
            assertStatus(
                    403, () -> stranger.listObjectsV2(r -> r.bucket(BUCKET)).join());
        }
    }

    // Objects

    @Test
    void keepsContentAndMetadata() {
        Map<String, String> metadata = Map.of("mtime", "1690000000.5", "note", "a b");
        client.putObject(
                        r -> r.bucket(BUCKET)
                                .key("meta/größe 1+2.txt")
                                .contentType("text/plain")
                                .metadata(metadata),
                        AsyncRequestBody.fromString("hello"))
                .join();
        HeadObjectResponse head = head("meta/größe 1+2.txt");
        assertThat(head.metadata()).isEqualTo(metadata);
        assertThat(head.contentType()).isEqualTo("text/plain");
        assertThat(head.contentLength()).isEqualTo(5);
        assertThat(get("meta/größe 1+2.txt")).asString(StandardCharsets.UTF_8).isEqualTo("hello");
    }

    @Test
    void keepsAsMuchMetadataAsS3Allows() {
        String value = "v".repeat(2048 - "long".length());
        client.putObject(
                        r -> r.bucket(BUCKET).key("much-metadata").metadata(Map.of("long", value)),
                        AsyncRequestBody.empty())
                .join();
        assertThat(head("much-metadata").metadata()).containsEntry("long", value);
    }

    @Test
    void readsRangesOfTheRequestedVersion() {
        String eTag = put("ranged", "0123456789");
        assertThat(client.getObject(
                                r -> r.bucket(BUCKET)
                                        .key("ranged")
                                        .range("bytes=3-5")
                                        .ifMatch(eTag),
                                AsyncResponseTransformer.toBytes())
                        .join()
                        .asUtf8String())
                .isEqualTo("345");
        put("ranged", "another");
        assertStatus(
                412,
                () -> client.getObject(
                                r -> r.bucket(BUCKET).key("ranged").ifMatch(eTag), AsyncResponseTransformer.toBytes())
                        .join());
        assertStatus(
                416,
                () -> client.getObject(
                                r -> r.bucket(BUCKET).key("ranged").range("bytes=100-"),
                                AsyncResponseTransformer.toBytes())
                        .join());
    }

    @Test
    void createsOnlyOnceWhenAsked() {
        List<CompletableFuture<String>> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String content = "writer " + i;
            writers.add(client.putObject(
                            r -> r.bucket(BUCKET).key("exclusive").ifNoneMatch("*"),
                            AsyncRequestBody.fromString(content))
                    .handle((response, failure) -> failure == null ? content : status(failure)));
        }
        List<String> outcomes =
                writers.stream().map(CompletableFuture::join).sorted().toList();
        assertThat(outcomes.subList(0, 7)).containsOnly("412");
        assertThat(get("exclusive")).asString(StandardCharsets.UTF_8).isEqualTo(outcomes.get(7));
    }

    @Test
    void replacesOnlyTheRequestedVersion() {
        String eTag = put("replaced", "one");
        client.putObject(r -> r.bucket(BUCKET).key("replaced").ifMatch(eTag), AsyncRequestBody.fromString("two"))
                .join();
        assertStatus(
                412,
                () -> client.putObject(
                                r -> r.bucket(BUCKET).key("replaced").ifMatch(eTag),
                                AsyncRequestBody.fromString("three"))
                        .join());
        assertThat(get("replaced")).asString(StandardCharsets.UTF_8).isEqualTo("two");
    }

    @Test
    void comparesAChecksumWithTheBody() {
        byte[] content = bytes(100_000, 1);
        client.putObject(
                        r -> r.bucket(BUCKET).key("checked").checksumCRC32(crc32(content)),
                        AsyncRequestBody.fromBytes(content))
                .join();
        assertThat(client.headObject(r -> r.bucket(BUCKET).key("checked").checksumMode(ChecksumMode.ENABLED))
                        .join()
                        .checksumCRC32())
                .isEqualTo(crc32(content));
        assertStatus(
                400,
                () -> client.putObject(
                                r -> r.bucket(BUCKET).key("checked").checksumCRC32(crc32(new byte[1])),
                                AsyncRequestBody.fromString("other"))
                        .join());
        assertThat(get("checked")).isEqualTo(content);
    }

    @Test
    void copiesWithMetadataIfTheSourceIsStillTheSame() {
        client.putObject(
                        r -> r.bucket(BUCKET)
                                .key("copy/source")
                                .contentType("text/x-test")
                                .metadata(Map.of("mtime", "7")),
                        AsyncRequestBody.fromString("copied"))
                .join();
        String eTag = head("copy/source").eTag();
        client.copyObject(r -> r.sourceBucket(BUCKET)
                        .sourceKey("copy/source")
                        .destinationBucket(BUCKET)
                        .destinationKey("copy/target")
                        .copySourceIfMatch(eTag))
                .join();
        HeadObjectResponse head = head("copy/target");
        assertThat(head.metadata()).isEqualTo(Map.of("mtime", "7"));
        assertThat(head.contentType()).isEqualTo("text/x-test");
        assertThat(head.eTag()).isEqualTo(eTag);
        assertStatus(
                412,
                () -> client.copyObject(r -> r.sourceBucket(BUCKET)
                                .sourceKey("copy/source")
                                .destinationBucket(BUCKET)
                                .destinationKey("copy/target")
                                .copySourceIfMatch("\"00000000000000000000000000000000\""))
                        .join());
    }

    @Test
    void ignoresAConditionOnACopysDestination() {
        put("copy2/source", "s");
        put("copy2/target", "t");
        client.copyObject(r -> r.sourceBucket(BUCKET)
                        .sourceKey("copy2/source")
                        .destinationBucket(BUCKET)
                        .destinationKey("copy2/target")
                        .ifNoneMatch("*"))
                .join();
        assertThat(get("copy2/target")).asString(StandardCharsets.UTF_8).isEqualTo("s");
    }

    @Test
    void deletesManyAtOnce() {
        put("many/a", "1");
        put("many/ä &<b>", "2");
        DeleteObjectsResponse response = client.deleteObjects(r -> r.bucket(BUCKET)
                        .delete(d ->
                                d.objects(identifier("many/a"), identifier("many/ä &<b>"), identifier("many/missing"))))
                .join();
        assertThat(response.errors()).isEmpty();
        assertThat(response.deleted()).hasSize(3);
        assertThat(keys("many/")).isEmpty();
    }

    @Test
    void leavesNoEmptyDirectoryWhereMarkersAreDeletedAtOnce() {
        for (int i = 0; i < 300; i++) {
            put("markers/a/", "");
            put("markers/a/b/", "");
            client.deleteObjects(r -> r.bucket(BUCKET)
                            .delete(d -> d.objects(identifier("markers/a/"), identifier("markers/a/b/"))))
                    .join();
            ListObjectsV2Response page = client.listObjectsV2(
                            r -> r.bucket(BUCKET).prefix("markers/").delimiter("/"))
                    .join();
            assertThat(page.commonPrefixes()).as("round %s", i).isEmpty();
        }
    }

    @Test
    void refusesTags() {
        assertStatus(
                501,
                () -> client.putObject(
                                r -> r.bucket(BUCKET).key("tagged").tagging("a=b"), AsyncRequestBody.fromString("x"))
                        .join());
    }

    @Test
    void limitsBodiesThatAreSignedAsAWhole() throws Exception {
        try (S3AsyncClient streaming = endpoint("secret").newClient()) {
            byte[] content = bytes(20 * 1024 * 1024, 4);
            streaming
                    .putObject(r -> r.bucket(BUCKET).key("large"), AsyncRequestBody.fromBytes(content))
                    .join();
            assertThat(head("large").contentLength()).isEqualTo(content.length);
        }
        Path file = Files.write(data.resolve("17MiB"), new byte[17 * 1024 * 1024]);
        ClientResult result = Clients.command(
                        "curl",
                        "--silent",
                        "--write-out",
                        "%{http_code}",
                        "--aws-sigv4",
                        "aws:amz:us-east-1:s3",
                        "--user",
                        "key:secret",
                        "--upload-file",
                        file.toString(),
                        store.endpoint() + "/" + BUCKET + "/too-large")
                .run(Patience.LIMIT);
        assertThat(result.stdout()).contains("MaxMessageLengthExceeded").endsWith("400");
    }

    // Listings

    @Test
    void listsInOrderPageByPage() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            expected.add("pages/" + (i % 2 == 0 ? "x" : "X") + "%02d".formatted(i));
        }
        expected.forEach(key -> put(key, ""));
        expected.sort(null);
        List<String> found = new ArrayList<>();
        @Nullable String token = null;
        for (int page = 0; page < 10; page++) {
            @Nullable String from = token;
            ListObjectsV2Response response = client.listObjectsV2(
                            r -> r.bucket(BUCKET).prefix("pages/").maxKeys(10).continuationToken(from))
                    .join();
            response.contents().forEach(object -> found.add(object.key()));
            token = response.nextContinuationToken();
            if (!response.isTruncated()) {
                break;
            }
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void listsADirectoryWithItsMarkerAndItsSubdirectories() {
        put("dir/", "");
        put("dir/file", "x");
        put("dir/sub/deep", "x");
        put("dir/sub-file", "x");
        ListObjectsV2Response page = client.listObjectsV2(
                        r -> r.bucket(BUCKET).prefix("dir/").delimiter("/"))
                .join();
        assertThat(page.contents()).extracting(S3Object::key).containsExactly("dir/", "dir/file", "dir/sub-file");
        assertThat(page.commonPrefixes()).extracting(CommonPrefix::prefix).containsExactly("dir/sub/");
        assertThat(head("dir/").contentLength()).isZero();
    }

    @Test
    void ordersByUtf16() {
        // U+FF61 precedes U+1F600 in UTF-8, which is S3's order, and follows it in UTF-16.
        put("order/\uFF61", "");
        put("order/\uD83D\uDE00", "");
        assertThat(keys("order/")).containsExactly("order/\uD83D\uDE00", "order/\uFF61");
    }

    @Test
    void doesNotListObjectsThatAreStillBeingWritten() throws IOException {
        put("listed/done", "x");
        Path unfinished = Files.writeString(
                data.resolve("store/buckets/files/listed/new-0b8a9a36-5a5c-4a61-9d0c-111111111111"), "half");
        assertThat(keys("listed/")).containsExactly("listed/done");
        Files.delete(unfinished);
        put("listed/mine-0b8a9a36-5a5c-4a61-9d0c-111111111111", "whole");
        assertThat(keys("listed/")).containsExactly("listed/done", "listed/mine-0b8a9a36-5a5c-4a61-9d0c-111111111111");
    }

    // Uploads in parts

    @Test
    void storesAnObjectInParts() {
        byte[] first = bytes(PART, 1);
        byte[] second = bytes(1000, 2);
        String upload = client.createMultipartUpload(r -> r.bucket(BUCKET)
                        .key("parts/whole")
                        .contentType("text/x-test")
                        .metadata(Map.of("mtime", "9")))
                .join()
                .uploadId();
        // Out of order, as parallel parts arrive.
        CompletedPart two = uploadPart("parts/whole", upload, 2, second);
        CompletedPart one = uploadPart("parts/whole", upload, 1, first);
        assertThat(parts("parts/whole", upload))
                .extracting(Part::partNumber, Part::size, Part::eTag)
                .containsExactly(tuple(1, (long) PART, one.eTag()), tuple(2, 1000L, two.eTag()));
        assertThat(uploads()).contains(upload);
        assertThat(keys("parts/whole")).isEmpty();
        complete("parts/whole", upload, one, two);
        byte[] both = Arrays.copyOf(first, PART + 1000);
        System.arraycopy(second, 0, both, PART, 1000);
        assertThat(get("parts/whole")).isEqualTo(both);
        assertThat(head("parts/whole").metadata()).isEqualTo(Map.of("mtime", "9"));
        assertThat(head("parts/whole").contentType()).isEqualTo("text/x-test");
        assertThat(uploads()).doesNotContain(upload);
    }

    @Test
    void comparesAPartsChecksumWithItsBody() {
        String upload = begin("parts/checked");
        byte[] content = bytes(100, 3);
        client.uploadPart(
                        r -> r.bucket(BUCKET)
                                .key("parts/checked")
                                .uploadId(upload)
                                .partNumber(1)
                                .checksumCRC32(crc32(content)),
                        AsyncRequestBody.fromBytes(content))
                .join();
        assertStatus(
                400,
                () -> client.uploadPart(
                                r -> r.bucket(BUCKET)
                                        .key("parts/checked")
                                        .uploadId(upload)
                                        .partNumber(2)
                                        .checksumCRC32(crc32(new byte[1])),
                                AsyncRequestBody.fromBytes(content))
                        .join());
        assertThat(parts("parts/checked", upload))
                .hasSize(1)
                .allSatisfy(part -> assertThat(part.checksumCRC32()).isNull());
    }

    @Test
    void completesOnlyOnceWhenAsked() {
        put("parts/exclusive", "there already");
        String upload = begin("parts/exclusive");
        CompletedPart part = uploadPart("parts/exclusive", upload, 1, bytes(10, 1));
        assertStatus(
                412,
                () -> client.completeMultipartUpload(r -> r.bucket(BUCKET)
                                .key("parts/exclusive")
                                .uploadId(upload)
                                .ifNoneMatch("*")
                                .multipartUpload(m -> m.parts(part)))
                        .join());
        assertThat(get("parts/exclusive")).asString(StandardCharsets.UTF_8).isEqualTo("there already");
        assertThat(uploads()).contains(upload);
        client.deleteObject(r -> r.bucket(BUCKET).key("parts/exclusive")).join();
        client.completeMultipartUpload(r -> r.bucket(BUCKET)
                        .key("parts/exclusive")
                        .uploadId(upload)
                        .ifNoneMatch("*")
                        .multipartUpload(m -> m.parts(part)))
                .join();
        assertThat(get("parts/exclusive")).isEqualTo(bytes(10, 1));
    }

    @Test
    void copiesPartsOfAnotherObject() {
        put("parts/source", "0123456789");
        String upload = begin("parts/copied");
        String eTag = client.uploadPartCopy(r -> r.sourceBucket(BUCKET)
                        .sourceKey("parts/source")
                        .destinationBucket(BUCKET)
                        .destinationKey("parts/copied")
                        .uploadId(upload)
                        .partNumber(1)
                        .copySourceRange("bytes=2-4"))
                .join()
                .copyPartResult()
                .eTag();
        complete(
                "parts/copied",
                upload,
                CompletedPart.builder().partNumber(1).eTag(eTag).build());
        assertThat(get("parts/copied")).asString(StandardCharsets.UTF_8).isEqualTo("234");
    }

    @Test
    void abortsAnUpload() {
        String upload = begin("parts/aborted");
        CompletedPart part = uploadPart("parts/aborted", upload, 1, bytes(10, 1));
        client.abortMultipartUpload(r -> r.bucket(BUCKET).key("parts/aborted").uploadId(upload))
                .join();
        assertThat(uploads()).doesNotContain(upload);
        assertStatus(404, () -> complete("parts/aborted", upload, part));
        assertThat(keys("parts/aborted")).isEmpty();
    }

    @Test
    void requiresPartsOf5MiB() {
        String upload = begin("parts/small");
        CompletedPart one = uploadPart("parts/small", upload, 1, bytes(10, 1));
        CompletedPart two = uploadPart("parts/small", upload, 2, bytes(10, 1));
        assertStatus(400, () -> complete("parts/small", upload, one, two));
    }

    // Names

    @ParameterizedTest
    @ValueSource(strings = {"/start", "a//b", "a/./b", "a/../b", "..", ".", "a//", "d/.mpus-x", "/"})
    void refusesKeysThatItWouldConfuse(String key) {
        put("a/b", "untouched");
        put("b", "untouched");
        assertStatus(400, () -> put(key, "x"));
        assertStatus(400, () -> begin(key));
        assertStatus(404, () -> get(key));
        assertStatus(404, () -> head(key));
        assertStatus(
                400,
                () -> client.copyObject(r -> r.sourceBucket(BUCKET)
                                .sourceKey("a/b")
                                .destinationBucket(BUCKET)
                                .destinationKey(key))
                        .join());
        client.deleteObject(r -> r.bucket(BUCKET).key(key)).join();
        assertThat(get("a/b")).asString(StandardCharsets.UTF_8).isEqualTo("untouched");
        assertThat(get("b")).asString(StandardCharsets.UTF_8).isEqualTo("untouched");
    }

    @Test
    void keepsNamesAsLongAsTheFileSystemAllows() {
        put("long/" + "n".repeat(218), "x");
        assertStatus(400, () -> put("long/" + "n".repeat(219), "x"));
        storeInOneLastPart("long/" + "p".repeat(212));
        assertStatus(400, () -> begin("long/" + "p".repeat(213)));
        storeInOneLastPart("q".repeat(169));
        assertStatus(400, () -> begin("q".repeat(170)));
    }

    private static void storeInOneLastPart(String key) {
        String upload = begin(key);
        complete(key, upload, uploadPart(key, upload, 10_000, bytes(10, 1)));
        assertThat(get(key)).isEqualTo(bytes(10, 1));
    }

    @Test
    void losesNothingIfAFileAndADirectoryHaveTheSameName() {
        put("clash/file", "f");
        put("clash/dir/child", "c");
        for (String key : List.of("clash/file/child", "clash/file/", "clash/file/deep/child", "clash/dir")) {
            assertStatus(400, () -> put(key, "x"));
            assertStatus(400, () -> begin(key));
            assertStatus(
                    400,
                    () -> client.copyObject(r -> r.sourceBucket(BUCKET)
                                    .sourceKey("clash/file")
                                    .destinationBucket(BUCKET)
                                    .destinationKey(key))
                            .join());
        }
        assertThat(keys("clash/")).containsExactly("clash/dir/child", "clash/file");
        assertThat(get("clash/file")).asString(StandardCharsets.UTF_8).isEqualTo("f");
    }

    @Test
    void leavesNoTemporaryFilesBehind() throws IOException {
        put("clean/put", "x");
        client.putObject(
                        r -> r.bucket(BUCKET).key("clean/exclusive").ifNoneMatch("*"), AsyncRequestBody.fromString("x"))
                .join();
        try (Stream<Path> files = Files.walk(data.resolve("store/buckets/files/clean"))) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("clean", "put", "exclusive");
        }
    }

    private static String put(String key, String content) {
        return client.putObject(r -> r.bucket(BUCKET).key(key), AsyncRequestBody.fromString(content))
                .join()
                .eTag();
    }

    private static byte[] get(String key) {
        return client.getObject(r -> r.bucket(BUCKET).key(key), AsyncResponseTransformer.toBytes())
                .join()
                .asByteArray();
    }

    private static HeadObjectResponse head(String key) {
        return client.headObject(r -> r.bucket(BUCKET).key(key)).join();
    }

    private static List<String> keys(String prefix) {
        return client.listObjectsV2(r -> r.bucket(BUCKET).prefix(prefix)).join().contents().stream()
                .map(S3Object::key)
                .toList();
    }

    private static List<String> uploads() {
        return client.listMultipartUploads(r -> r.bucket(BUCKET)).join().uploads().stream()
                .map(MultipartUpload::uploadId)
                .toList();
    }

    private static String begin(String key) {
        return client.createMultipartUpload(r -> r.bucket(BUCKET).key(key))
                .join()
                .uploadId();
    }

    private static List<Part> parts(String key, String upload) {
        return client.listParts(r -> r.bucket(BUCKET).key(key).uploadId(upload))
                .join()
                .parts();
    }

    private static CompletedPart uploadPart(String key, String upload, int number, byte[] content) {
        String eTag = client.uploadPart(
                        r -> r.bucket(BUCKET).key(key).uploadId(upload).partNumber(number),
                        AsyncRequestBody.fromBytes(content))
                .join()
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(eTag).build();
    }

    private static void complete(String key, String upload, CompletedPart... parts) {
        client.completeMultipartUpload(
                        r -> r.bucket(BUCKET).key(key).uploadId(upload).multipartUpload(m -> m.parts(parts)))
                .join();
    }

    private static ObjectIdentifier identifier(String key) {
        return ObjectIdentifier.builder().key(key).build();
    }

    private static byte[] bytes(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static String crc32(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        long value = crc.getValue();
        return Base64.getEncoder()
                .encodeToString(
                        new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value});
    }

    private static void assertStatus(int status, ThrowingCallable call) {
        assertThatThrownBy(call)
                .satisfies(failure -> assertThat(status(failure)).isEqualTo(Integer.toString(status)));
    }

    private static String status(Throwable failure) {
        @Nullable Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof S3Exception s3 ? Integer.toString(s3.statusCode()) : String.valueOf(cause);
    }
}
