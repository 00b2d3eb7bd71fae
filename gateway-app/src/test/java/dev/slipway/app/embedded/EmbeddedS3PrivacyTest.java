package dev.slipway.app.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Reading and writing require the store's credentials, whatever the modes of its folder and files. */
@Timeout(Patience.TEST_SECONDS)
class EmbeddedS3PrivacyTest {
    private static final String BUCKET = "files";
    private static final String KEY = "payroll-2026.csv";
    private static final String CONTENT = "content-that-nobody-may-see";

    @TempDir
    private static Path data;

    private static EmbeddedS3 store;
    private static S3AsyncClient client;

    @BeforeAll
    static void start() throws IOException {
        store = EmbeddedS3.start(
                data.resolve("store"), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "key", "secret");
        client = new S3Endpoint("s3proxy", store.endpoint(), "us-east-1", "key", "secret").newClient();
        client.createBucket(r -> r.bucket(BUCKET)).join();
        client.putObject(r -> r.bucket(BUCKET).key(KEY), AsyncRequestBody.fromString(CONTENT))
                .join();
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
        store.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwx------", "rwxr-xr-x", "rwxrwxrwx"})
    void rejectsRequestsWithoutCredentials(String mode) throws IOException {
        Path bucket = data.resolve("store/buckets").resolve(BUCKET);
        assumeThat(bucket.getFileSystem().supportedFileAttributeViews()).contains("posix");
        Files.setPosixFilePermissions(bucket, PosixFilePermissions.fromString(mode));
        Files.setPosixFilePermissions(bucket.resolve(KEY), PosixFilePermissions.fromString(mode.replace('x', '-')));
        for (String host : List.of(
                "127.0.0.1:" + store.endpoint().getPort(),
                "attacker.example",
                BUCKET + ".localhost",
                BUCKET + ".s3.amazonaws.com",
                BUCKET)) {
            for (String request : requests()) {
                String answer = answer(request, host);
                assertThat(answer)
                        .as("%s with Host %s and mode %s", request, host, mode)
                        .matches("(?s)HTTP/1\\.1 (4\\d\\d|501) .*")
                        .doesNotContain(CONTENT, "<Size>", "ETag", "<Contents>");
            }
        }
        assertThat(files()).containsExactly(KEY);
        assertThat(client.getObject(r -> r.bucket(BUCKET).key(KEY), AsyncResponseTransformer.toBytes())
                        .join()
                        .asUtf8String())
                .isEqualTo(CONTENT);
    }

    /** Each a method, a target, and optionally a body. */
    private static List<String> requests() {
        List<String> requests = new ArrayList<>();
        for (String method : List.of("GET", "HEAD")) {
            for (String query : List.of(
                    "",
                    "?list-type=2",
                    "?prefix=pay",
                    "?versions",
                    "?versioning",
                    "?encryption",
                    "?acl",
                    "?uploads",
                    "?location",
                    "?policy")) {
                requests.add(method + " /" + BUCKET + query);
                requests.add(method + " /" + BUCKET + "/" + query);
            }
            for (String target : List.of("/" + KEY, "/" + BUCKET + "/" + KEY, "/" + BUCKET + "/" + KEY + "?acl")) {
                requests.add(method + " " + target);
            }
        }
        // HEAD of / answers 200 and contains nothing.
        requests.add("GET /");
        for (String method : List.of("PUT", "DELETE", "POST")) {
            for (String target : List.of(
                    "/new-bucket",
                    "/" + BUCKET,
                    "/" + BUCKET + "?acl",
                    "/" + BUCKET + "?delete",
                    "/" + BUCKET + "/new",
                    "/" + BUCKET + "/new?uploads",
                    "/" + BUCKET + "/" + KEY,
                    "/" + BUCKET + "/" + KEY + "?acl")) {
                requests.add(method + " " + target);
            }
        }
        return requests;
    }

    private static String answer(String request, String host) throws IOException {
        boolean writes = !request.startsWith("GET") && !request.startsWith("HEAD");
        String form = """
                --b\r
                Content-Disposition: form-data; name="key"\r
                \r
                posted\r
                --b\r
                Content-Disposition: form-data; name="file"; filename="f"\r
                \r
                posted\r
                --b--\r
                """;
        String body = writes ? form : "";
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), store.endpoint().getPort())) {
            socket.setSoTimeout(Patience.MILLIS);
            socket.getOutputStream()
                    .write((request + " HTTP/1.1\r\nHost: " + host
                                    + "\r\nConnection: close\r\nx-amz-acl: public-read\r\n"
                                    + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("store/buckets").resolve(BUCKET))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void refusesToMakeAnythingPublic() {
        assertRefused(() -> client.putBucketAcl(r -> r.bucket(BUCKET).acl(BucketCannedACL.PUBLIC_READ))
                .join());
        assertRefused(() -> client.putObjectAcl(r -> r.bucket(BUCKET).key(KEY).acl(ObjectCannedACL.PUBLIC_READ))
                .join());
        assertRefused(() -> client.putObject(
                        r -> r.bucket(BUCKET).key("public").acl(ObjectCannedACL.PUBLIC_READ),
                        AsyncRequestBody.fromString("x"))
                .join());
        assertRefused(() -> client.createMultipartUpload(
                        r -> r.bucket(BUCKET).key("public").acl(ObjectCannedACL.PUBLIC_READ))
                .join());
        assertRefused(() -> client.createBucket(r -> r.bucket("public-bucket").acl(BucketCannedACL.PUBLIC_READ))
                .join());
        client.putObjectAcl(r -> r.bucket(BUCKET).key(KEY).acl(ObjectCannedACL.PRIVATE))
                .join();
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .rootCause()
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        refusal -> assertThat(refusal.statusCode()).isEqualTo(400))
                .hasMessageContaining("private");
    }
}
