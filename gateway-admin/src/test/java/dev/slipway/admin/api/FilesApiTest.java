package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.Role;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Origin;
import dev.slipway.core.state.AccountTable;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The files of accounts over HTTP, on a store in memory. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FilesApiTest {
    private static final String PASSWORD = "of-the-user";

    @TempDir
    private Path folder;

    private RunningApi api;
    private String cookie = "";
    private String csrfToken = "";

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(
                folder,
                new ApiSettings(false, false, true, Duration.ofMillis(300)),
                RunningApi.listener().set("answerTimeout", "2s").build());
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private void add(String name, Set<Permission> permissions, int sessions) throws Exception {
        boolean _ = new AccountTable(api.database)
                .add(AccountEntry.of(
                        new Account(
                                name,
                                List.of(new Mount(VirtualPath.ROOT, "bucket", name + "/", false)),
                                permissions,
                                Set.of(),
                                sessions,
                                ResumePolicy.STAT),
                        PasswordHash.of(PASSWORD.toCharArray()),
                        List.of()));
        Patience.await("the account is taken up", () -> api.knows(name, _ -> true));
    }

    private void logIn(String name, String password) throws Exception {
        HttpResponse<String> login = api.send(RunningApi.withBody(
                api.request("/login"), "POST", "{\"account\":\"" + name + "\",\"password\":\"" + password + "\"}"));
        assertThat(login.statusCode()).as(login.body()).isEqualTo(200);
        cookie = login.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
        csrfToken = RunningApi.json(login).get("csrfToken").stringValue();
    }

    private void logInAs(String name) throws Exception {
        add(name, EnumSet.allOf(Permission.class), Account.UNLIMITED);
        logIn(name, PASSWORD);
    }

    private HttpRequest.Builder request(String path) {
        return api.request(path).header("Cookie", cookie).header("X-CSRF-Token", csrfToken);
    }

    private HttpResponse<String> send(String method, String path, @Nullable String json) throws Exception {
        return api.send(RunningApi.withBody(request(path), method, json));
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> response = send("GET", path, null);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return RunningApi.json(response);
    }

    private static String query(String path) {
        return "?path=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
    }

    private HttpResponse<String> put(String path, byte[] content, String more) throws Exception {
        return api.send(
                request("/files/content" + query(path) + more).PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    private void upload(String path, byte[] content) throws Exception {
        HttpResponse<String> response = put(path, content, "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        assertThat(RunningApi.json(response).get("size").longValue()).isEqualTo(content.length);
    }

    private void createFolder(String path) throws Exception {
        assertThat(send("POST", "/files/folders", "{\"path\":\"" + path + "\"}").statusCode())
                .isEqualTo(201);
    }

    private HttpResponse<byte[]> download(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request("/files/content" + query(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return api.client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private List<String> names(String path) throws Exception {
        List<String> names = new ArrayList<>();
        get("/files" + query(path))
                .get("entries")
                .forEach(entry -> names.add(entry.get("name").stringValue()));
        return names;
    }

    @Test
    void anAccountHasItsFilesAndNothingElse() throws Exception {
        logInAs("ann");
        String token = api.token("a", Role.ADMIN);
        for (Route route : api.routes()) {
            String path = route.path().replaceAll("\\{\\w+}", "x");
            String body = route.changes() && route.body() == Route.Body.JSON ? "{}" : null;
            if (route.access() instanceof Access.Requires) {
                assertThat(send(route.method(), path, body).statusCode())
                        .as("%s %s", route.method(), path)
                        .isEqualTo(403);
            } else if (route.access() instanceof Access.Own) {
                assertThat(send(route.method(), path, body).statusCode())
                        .as("%s %s", route.method(), path)
                        .isIn(200, 400);
                assertThat(api.send(route.method(), path, token, body).statusCode())
                        .as("%s %s with a token", route.method(), path)
                        .isEqualTo(403);
            }
        }
        upload("/report.csv", bytes(10));
        logInAs("bert");
        assertThat(names("/")).isEmpty();
        assertThat(send("GET", "/files/attributes" + query("/../ann/report.csv"), null)
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aFileIsUploadedListedDownloadedAndDeleted() throws Exception {
        logInAs("ann");
        byte[] content = bytes(300_000);
        createFolder("/Rechnungen für Mai");
        String path = "/Rechnungen für Mai/a+b & c.html";
        HttpResponse<String> stored = put(path, content, "&modified=2024-05-01T10:20:30Z");
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        assertThat(RunningApi.json(stored).get("modified").stringValue()).isEqualTo("2024-05-01T10:20:30Z");
        JsonNode listed = get("/files" + query("/Rechnungen für Mai"));
        assertThat(listed.get("next").isNull()).isTrue();
        assertThat(listed.get("entries").get(0).get("path").stringValue()).isEqualTo(path);

        HttpResponse<byte[]> whole = download(path);
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(content);
        assertThat(header(whole, "Content-Length")).isEqualTo("300000");
        assertThat(header(whole, "Content-Type")).isEqualTo("application/octet-stream");
        assertThat(header(whole, "Content-Disposition")).isEqualTo("attachment; filename*=UTF-8''a%2Bb%20%26%20c.html");
        assertThat(header(whole, "Content-Security-Policy")).isEqualTo("sandbox; default-src 'none'");
        assertThat(header(whole, "Last-Modified")).isEqualTo("Wed, 01 May 2024 10:20:30 GMT");

        assertThat(put(path, bytes(5), "").statusCode()).as("it exists").isEqualTo(409);
        assertThat(put(path, bytes(5), "&replace=true").statusCode()).isEqualTo(201);
        assertThat(download(path).body()).isEqualTo(bytes(5));

        assertThat(send("DELETE", "/files" + query("/Rechnungen für Mai"), null).statusCode())
                .as("it is not empty")
                .isEqualTo(409);
        assertThat(send("DELETE", "/files" + query(path), null).statusCode()).isEqualTo(200);
        assertThat(send("DELETE", "/files" + query("/Rechnungen für Mai"), null).statusCode())
                .isEqualTo(200);
        assertThat(names("/")).isEmpty();
        assertThat(api.audit)
                .filteredOn(event -> event instanceof GatewayEvent.Uploaded upload
                        && upload.client().origin() == Origin.HTTP
                        && upload.client().account().equals("ann")
                        && upload.path().toString().equals(path))
                .hasSize(2);
    }

    @Test
    void rangesAreOfOneVersion() throws Exception {
        logInAs("ann");
        byte[] content = bytes(200_000);
        upload("/a", content);
        HttpResponse<byte[]> middle = download("/a", "Range", "bytes=100000-100999");
        assertThat(middle.statusCode()).isEqualTo(206);
        assertThat(header(middle, "Content-Range")).isEqualTo("bytes 100000-100999/200000");
        assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(content, 100_000, 101_000));
        assertThat(download("/a", "Range", "bytes=199990-").body())
                .isEqualTo(Arrays.copyOfRange(content, 199_990, 200_000));
        assertThat(download("/a", "Range", "bytes=-10").body())
                .isEqualTo(Arrays.copyOfRange(content, 199_990, 200_000));
        assertThat(download("/a", "Range", "bytes=1-2,5-6").statusCode()).isEqualTo(200);
        HttpResponse<byte[]> outside = download("/a", "Range", "bytes=200000-");
        assertThat(outside.statusCode()).isEqualTo(416);
        assertThat(header(outside, "Content-Range")).isEqualTo("bytes */200000");

        String version = header(middle, "ETag");
        assertThat(version).isNotEmpty();
        assertThat(download("/a", "If-None-Match", version).statusCode()).isEqualTo(304);
        assertThat(download("/a", "Range", "bytes=0-9", "If-Range", version).statusCode())
                .isEqualTo(206);
        assertThat(put("/a", bytes(100), "&replace=true").statusCode()).isEqualTo(201);
        HttpResponse<byte[]> other = download("/a", "Range", "bytes=0-9", "If-Range", version);
        assertThat(other.statusCode()).isEqualTo(200);
        assertThat(other.body()).isEqualTo(bytes(100));
        assertThat(download("/a", "If-None-Match", version).statusCode()).isEqualTo(200);
    }

    @Test
    void onlyImagesThatCannotContainScriptsAreShown() throws Exception {
        logInAs("ann");
        for (String name : List.of("a.png", "a.svg", "a.html", "png")) {
            upload("/" + name, "<script>alert(1)</script>".getBytes(StandardCharsets.UTF_8));
            HttpResponse<byte[]> shown = api.client.send(
                    request("/files/content" + query("/" + name) + "&preview=true")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            boolean isImage = name.equals("a.png");
            assertThat(header(shown, "Content-Disposition").startsWith("inline"))
                    .as(name)
                    .isEqualTo(isImage);
            assertThat(header(shown, "Content-Type")).isEqualTo(isImage ? "image/png" : "application/octet-stream");
            assertThat(header(shown, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(shown, "Content-Security-Policy")).startsWith("sandbox;");
        }
    }

    @Test
    void aLargeFolderIsListedInParts() throws Exception {
        logInAs("ann");
        List<String> expected = new ArrayList<>();
        for (int i = 10; i < 35; i++) {
            upload("/" + i, bytes(1));
            expected.add(Integer.toString(i));
        }
        List<String> found = new ArrayList<>();
        JsonNode next = get("/files?path=/&limit=10").get("next");
        for (String offset = "0"; !offset.isEmpty(); ) {
            JsonNode part = get("/files?path=/&limit=10&offset=" + offset);
            part.get("entries").forEach(entry -> found.add(entry.get("name").stringValue()));
            offset = part.get("next").isNull() ? "" : part.get("next").toString();
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(next.longValue()).isEqualTo(10);
        JsonNode again = get("/files?path=/&limit=10&offset=20");
        assertThat(again.get("entries").size())
                .as("a part that is asked for again")
                .isEqualTo(5);
        assertThat(send("GET", "/files?path=/&limit=0", null).statusCode()).isEqualTo(400);
        assertThat(send("GET", "/files?path=relative", null).statusCode()).isEqualTo(400);
        assertThat(send("GET", "/files?path=/%ff", null).statusCode())
                .as("a path that is not UTF-8")
                .isEqualTo(400);
    }

    @Test
    void aPartWithLongNamesHasFewerEntries() throws Exception {
        logInAs("ann");
        String folder = "";
        for (int i = 0; i < 3; i++) {
            folder += "/" + "x".repeat(250);
            createFolder(folder);
        }
        for (int i = 0; i < 250; i++) {
            upload(folder + "/" + i, bytes(1));
        }
        JsonNode part = get("/files?path=" + folder);
        assertThat(part.get("entries").size()).isLessThan(250);
        JsonNode rest = get("/files?path=" + folder + "&offset=" + part.get("next"));
        assertThat(part.get("entries").size() + rest.get("entries").size()).isEqualTo(250);
        assertThat(rest.get("next").isNull()).isTrue();
    }

    @Test
    void filesAreMovedCopiedAndSummedUp() throws Exception {
        logInAs("ann");
        createFolder("/in");
        createFolder("/out");
        upload("/in/a", "abc".getBytes(StandardCharsets.UTF_8));
        assertThat(send("POST", "/files/copies", "{\"from\":\"/in/a\",\"to\":\"/out/a\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(send("POST", "/files/copies", "{\"from\":\"/in/a\",\"to\":\"/out/a\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(send("POST", "/files/moves", "{\"from\":\"/in\",\"to\":\"/done\"}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(names("/")).containsExactlyInAnyOrder("done", "out");
        JsonNode sum = get("/files/checksum" + query("/done/a"));
        assertThat(sum.get("value").stringValue())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(get("/files/checksum" + query("/out/a") + "&algorithm=md5")
                        .get("value")
                        .stringValue())
                .isEqualTo("900150983cd24fb0d6963f7d28e17f72");
        assertThat(get("/files/space?path=/").get("free").isNull()).isTrue();

        HttpResponse<String> deleted = send("DELETE", "/files" + query("/done") + "&recursive=true", null);
        assertThat(RunningApi.json(deleted).get("files").longValue()).isEqualTo(1);
        assertThat(RunningApi.json(deleted).get("complete").booleanValue()).isTrue();
        assertThat(names("/")).containsExactly("out");
        assertThat(send("DELETE", "/files?path=/&recursive=true", null).statusCode())
                .isEqualTo(409);
    }

    @Test
    void permissionsHold() throws Exception {
        add("reader", EnumSet.of(Permission.LIST, Permission.READ), Account.UNLIMITED);
        logIn("reader", PASSWORD);
        assertThat(get("/self").get("permissions").size()).isEqualTo(2);
        HttpResponse<String> refused = put("/a", bytes(3_000_000), "");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(RunningApi.json(refused).get("reason").stringValue()).isEqualTo("permission-denied");
        assertThat(send("POST", "/files/folders", "{\"path\":\"/b\"}").statusCode())
                .isEqualTo(403);
        new AccountTable(api.database).change("reader", entry -> entry.withEnabled(false));
        assertThat(send("GET", "/files?path=/", null).statusCode()).isEqualTo(401);
    }

    /** Sends the head of an upload and a part of its body. */
    private Socket beginUpload(String path, int length, byte[] sent) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port());
        socket.setSoTimeout((int) Patience.LIMIT.toMillis());
        OutputStream out = socket.getOutputStream();
        out.write(("PUT /api/v1/files/content" + query(path) + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie
                        + "\r\nX-CSRF-Token: " + csrfToken + "\r\nContent-Length: " + length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(sent);
        out.flush();
        return socket;
    }

    @Test
    void anUploadThatBreaksOffIsNoFileButCanBeResumed() throws Exception {
        logInAs("ann");
        byte[] content = bytes(7_000_000);
        try (Socket _ = beginUpload("/big", 9_000_000, content)) {
            Patience.await(
                    "the bytes have arrived",
                    () -> api.fileSystems.transfers().list().stream()
                            .anyMatch(transfer -> transfer.bytes() == content.length && transfer.total() == 9_000_000));
        }
        Patience.await(
                "it is interrupted",
                () -> send("GET", "/files/attributes" + query("/big"), null)
                        .body()
                        .contains("\"partial\":true"));
        assertThat(download("/big").statusCode()).isNotEqualTo(200);
        assertThat(put("/big", content, "").statusCode())
                .as("it stands in the place of the file")
                .isEqualTo(409);
        assertThat(put("/big", content, "&replace=true").statusCode()).isEqualTo(201);
        assertThat(download("/big").body()).isEqualTo(content);
    }

    @Test
    void aClientThatFallsSilentLosesItsUpload() throws Exception {
        logInAs("ann");
        try (Socket socket = beginUpload("/slow", 1000, bytes(10))) {
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 408");
        }
        Patience.await("it has ended", () -> api.fileSystems.transfers().list().isEmpty());
        assertThat(send("GET", "/files/attributes" + query("/slow"), null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void anAdministratorEndsASessionWithItsUploadsAndItsLogin() throws Exception {
        add("ann", EnumSet.allOf(Permission.class), 1);
        logIn("ann", PASSWORD);
        try (Socket _ = beginUpload("/a", 1_000_000, bytes(100_000))) {
            Patience.await(
                    "the upload has begun",
                    () -> !api.fileSystems.transfers().list().isEmpty());
            assertThat(api.sessions.list()).hasSize(1);
            String first = cookie;
            logIn("ann", PASSWORD);
            HttpResponse<String> second = send("GET", "/files?path=/", null);
            assertThat(second.statusCode())
                    .as("it has one session, and may have one")
                    .isEqualTo(503);
            api.sessions.list().getFirst().disconnect();
            Patience.await(
                    "the upload has ended",
                    () -> api.fileSystems.transfers().list().isEmpty());
            assertThat(api.send(api.request("/self").header("Cookie", first)).statusCode())
                    .isEqualTo(401);
            Patience.await("the session has ended", () -> api.sessions.list().isEmpty());
            assertThat(names("/")).isEmpty();
        }
    }

    @Test
    void theEndOfALoginEndsItsSession() throws Exception {
        logInAs("ann");
        assertThat(names("/")).isEmpty();
        assertThat(api.sessions.list()).hasSize(1);
        assertThat(send("POST", "/logout", null).statusCode()).isEqualTo(204);
        assertThat(api.sessions.list()).isEmpty();
    }

    @Test
    void anAccountSeesItsOwnTransfersOnly() throws Exception {
        logInAs("bert");
        upload("/of-bert", bytes(10));
        logInAs("ann");
        upload("/of-ann", bytes(10));
        JsonNode completed = get("/self/transfers").get("completed");
        assertThat(completed.size()).isEqualTo(1);
        assertThat(completed.get(0).get("path").stringValue()).isEqualTo("/of-ann");
        assertThat(completed.get(0).get("origin").stringValue()).isEqualTo("http");
    }

    @Test
    void anAccountChangesItsOwnPassword() throws Exception {
        logInAs("ann");
        String wrong = "{\"current\":\"guessed\",\"password\":\"anns-new-one\"}";
        assertThat(send("PUT", "/self/password", wrong).statusCode()).isEqualTo(401);
        String right = "{\"current\":\"" + PASSWORD + "\",\"password\":\"anns-new-one\"}";
        assertThat(send("PUT", "/self/password", right).statusCode()).isEqualTo(204);
        assertThat(send("GET", "/self", null).statusCode())
                .as("its logins have ended")
                .isEqualTo(401);
        logIn("ann", "anns-new-one");
        logIn(RunningApi.ADMINISTRATOR, RunningApi.PASSWORD);
        String configured = "{\"current\":\"" + RunningApi.PASSWORD + "\",\"password\":\"another-one\"}";
        assertThat(send("PUT", "/self/password", configured).statusCode())
                .as("its password is in the configuration")
                .isEqualTo(409);
    }
}
