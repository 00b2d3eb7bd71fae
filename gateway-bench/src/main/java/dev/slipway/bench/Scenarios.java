package dev.slipway.bench;

import static dev.slipway.bench.Product.CURL;
import static dev.slipway.bench.Product.OPENSSH;
import static dev.slipway.bench.Product.RCLONE;
import static dev.slipway.bench.Product.SFTPGO;
import static dev.slipway.bench.Product.SLIPWAY;
import static dev.slipway.bench.Product.SLIPWAY_DISCARD;
import static dev.slipway.bench.Product.VSFTPD;

import dev.slipway.bench.Measurement.Unit;
import dev.slipway.bench.Server.Access;
import dev.slipway.bench.Servers.Remote;
import dev.slipway.bench.Servers.StoredObject;
import dev.slipway.core.Protocol;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All comparisons.
 *
 * @param servers starts the compared servers and others that a scenario needs
 * @param size the amounts to transfer
 */
record Scenarios(Workspace workspace, Servers servers, Size size) {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final int LOGINS = 20;

    /**
     * Long-running servers are to be measured: Java compiles code during the first gigabytes, or thousands of files.
     */
    private static final int STREAM_WARM_UPS = 10;

    /** Of 50 files each; many calls occur only a few times in each run. */
    private static final int UPLOADS_WARM_UPS = 40;

    /** Ten thousand files take long, and warm up more code in each run. */
    private static final int FILES_WARM_UPS = 4;

    /**
     * The amounts to transfer.
     *
     * @param streamBytes bytes of one stream
     * @param files number of small files
     * @param uploads number of concurrent uploads
     * @param uploadBytes bytes of each of them
     * @param distantBytes bytes of one stream with a long round trip
     * @param pushBytes bytes of an object that is pushed to a remote
     * @param sessions number of idle sessions
     */
    record Size(
            long streamBytes,
            int files,
            int uploads,
            long uploadBytes,
            long distantBytes,
            long pushBytes,
            int sessions) {
        static final Size FULL = new Size(1024 * MIB, 10_000, 50, 20 * MIB, 64 * MIB, 2048 * MIB, 1000);
        static final Size QUICK = new Size(256 * MIB, 1000, 50, 2 * MIB, 16 * MIB, 512 * MIB, 200);
    }

    private static final List<Product> SFTP_ALONE = List.of(SLIPWAY_DISCARD, OPENSSH);
    private static final List<Product> FTPS_ALONE = List.of(SLIPWAY_DISCARD, VSFTPD);
    private static final List<Product> SFTP_STORE = List.of(SLIPWAY, RCLONE, SFTPGO);
    private static final List<Product> FTPS_STORE = List.of(SLIPWAY, SFTPGO);

    /** The largest share of a direct push's bytes that may pass through the gateway. */
    private static final double LARGEST_SHARE = 0.01;

    private static final Pattern TIME = Pattern.compile("\"(created|ended)\":\\s*\"([^\"]+)\"");

    List<Scenario> all() {
        Client gcm = new Client.Sftp(workspace, "aes128-gcm@openssh.com");
        Client ctr = new Client.Sftp(workspace, "aes256-ctr");
        Client.Sftp sftp = new Client.Sftp(workspace, null);
        Client ftps = new Client.Ftps(workspace);
        return List.of(
                stream("sftp-gcm", "one stream, aes128-gcm, no store", Protocol.SFTP, SFTP_ALONE, gcm),
                stream("sftp-ctr", "one stream, aes256-ctr, no store", Protocol.SFTP, SFTP_ALONE, ctr),
                stream("sftp-default", "one stream, the client's choice, no store", Protocol.SFTP, SFTP_ALONE, sftp),
                stream("ftps", "one stream, no store", Protocol.FTPS, FTPS_ALONE, ftps),
                files("sftp-files", "small files one by one, no store", Protocol.SFTP, SFTP_ALONE, sftp, 1),
                files("ftps-files", "small files one by one, no store", Protocol.FTPS, FTPS_ALONE, ftps, 1),
                stream("sftp-minio", "one stream, aes128-gcm, MinIO", Protocol.SFTP, SFTP_STORE, gcm),
                stream("ftps-minio", "one stream, MinIO", Protocol.FTPS, FTPS_STORE, ftps),
                files("sftp-files-minio", "small files by 8 clients, MinIO", Protocol.SFTP, SFTP_STORE, sftp, 8),
                files("ftps-files-minio", "small files by 8 clients, MinIO", Protocol.FTPS, FTPS_STORE, ftps, 8),
                renames("sftp-rename-minio", "a folder of small files renamed, MinIO", sftp),
                pushes("push-direct", "an object fetched by a remote, MinIO", sftp),
                uploads("sftp-uploads", "50 uploads at once, no store", Protocol.SFTP, SFTP_ALONE, sftp),
                uploads("sftp-uploads-minio", "50 uploads at once, MinIO", Protocol.SFTP, SFTP_STORE, sftp),
                uploads("ftps-uploads-minio", "50 uploads at once, MinIO", Protocol.FTPS, FTPS_STORE, ftps),
                cold("sftp-cold", "the first 64 MiB of a server, no store", Protocol.SFTP, SFTP_ALONE, sftp),
                cold("ftps-cold", "the first 64 MiB of a server, no store", Protocol.FTPS, FTPS_ALONE, ftps),
                cold("sftp-cold-minio", "the first 64 MiB of a server, MinIO", Protocol.SFTP, SFTP_STORE, sftp),
                distant("sftp-distant", "100 ms round trip, no store", Protocol.SFTP, SFTP_ALONE, sftp),
                distant("ftps-distant", "100 ms round trip, no store", Protocol.FTPS, FTPS_ALONE, ftps),
                distant("sftp-distant-minio", "100 ms round trip, MinIO", Protocol.SFTP, SFTP_STORE, sftp),
                logins("sftp-logins", "logins one by one, no store", Protocol.SFTP, SFTP_ALONE, sftp),
                logins("ftps-logins", "logins one by one, no store", Protocol.FTPS, FTPS_ALONE, ftps),
                idle("sftp-idle", "sessions that do nothing, no store", Protocol.SFTP, SFTP_ALONE),
                idle("ftps-idle", "sessions that do nothing, no store", Protocol.FTPS, FTPS_ALONE));
    }

    private Scenario stream(String name, String description, Protocol protocol, List<Product> products, Client client) {
        Set<Server> checked = new HashSet<>();
        return new Scenario(name, description, protocol, products, STREAM_WARM_UPS, (server, run, recorder) -> {
            Path file = workspace.file(size.streamBytes());
            if (checked.add(server)) {
                transfer(server.access(), client, file, recorder);
            } else {
                // To /dev/null: clients that keep a download in memory are slower than the servers.
                upload(server.access(), client, file, recorder);
                download(server.access(), client, size.streamBytes(), Path.of("/dev/null"), recorder);
            }
        });
    }

    /** Uploads and downloads a file, and checks the size. */
    private void transfer(Access server, Client client, Path file, Recorder recorder)
            throws IOException, InterruptedException {
        long bytes = Files.size(file);
        upload(server, client, file, recorder);
        Path copy = workspace.root().resolve("download");
        download(server, client, bytes, copy, recorder);
        if (Files.size(copy) != bytes) {
            throw new IOException("downloaded " + Files.size(copy) + " bytes of " + bytes);
        }
        Files.delete(copy);
    }

    /** Always the same name, so that runs do not leave more and more files. */
    private static void upload(Access server, Client client, Path file, Recorder recorder)
            throws IOException, InterruptedException {
        recorder.clients("up", Files.size(file), Unit.BYTES, List.of(client.upload(server, file, "large")));
    }

    private static void download(Access server, Client client, long bytes, Path copy, Recorder recorder)
            throws IOException, InterruptedException {
        recorder.clients("down", bytes, Unit.BYTES, List.of(client.download(server, "large", copy)));
    }

    private Scenario files(
            String name, String description, Protocol protocol, List<Product> products, Client client, int clients) {
        return new Scenario(name, description, protocol, products, FILES_WARM_UPS, (server, run, recorder) -> {
            int each = size.files() / clients;
            Path folder = workspace.files(each, 10 * KIB);
            List<String> names = Workspace.names(folder);
            List<ClientCommand> uploads = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                uploads.add(client.uploadFolder(server.access(), folder, run + "-" + i));
            }
            recorder.clients("up", (long) each * clients, Unit.FILES, uploads);
            Path copies = workspace.folder("download");
            List<ClientCommand> downloads = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                downloads.add(client.downloadFolder(
                        server.access(), run + "-" + i, names, copies.resolve(String.valueOf(i))));
            }
            recorder.clients("down", (long) each * clients, Unit.FILES, downloads);
            for (int i = 0; i < clients; i++) {
                if (!Workspace.names(copies.resolve(String.valueOf(i))).equals(names)) {
                    throw new IOException("not all of " + each + " files were downloaded");
                }
            }
            Workspace.delete(copies);
        });
    }

    /** Back and forth, so that runs do not leave more and more files. The peers cannot rename folders on S3. */
    private Scenario renames(String name, String description, Client.Sftp client) {
        return new Scenario(name, description, Protocol.SFTP, List.of(SLIPWAY), 1, (server, run, recorder) -> {
            Path folder = workspace.files(size.files(), 4 * KIB);
            String from = "rename-" + run;
            Client.run(List.of(client.uploadFolder(server.access(), folder, from)));
            recorder.clients(
                    "rename", size.files(), Unit.FILES, List.of(client.rename(server.access(), from, from + "-moved")));
            recorder.clients(
                    "back", size.files(), Unit.FILES, List.of(client.rename(server.access(), from + "-moved", from)));
        });
    }

    /** Both write to the same file system of the remote. */
    private Scenario pushes(String name, String description, Client.Sftp client) {
        Set<Server> introduced = new HashSet<>();
        return new Scenario(name, description, Protocol.SFTP, List.of(SLIPWAY, CURL), 1, (server, run, recorder) -> {
            StoredObject object = servers.object("pushed");
            Path target = workspace.root().resolve("pushed");
            if (server.product() == CURL) {
                recorder.clients("push", size.pushBytes(), Unit.BYTES, List.of(fetch(object, target)));
            } else {
                if (introduced.add(server)) {
                    introduce(server, client, object);
                }
                push(server, client, object, target, recorder);
            }
            if (Files.size(target) != size.pushBytes()) {
                throw new IOException(Files.size(target) + " bytes of " + size.pushBytes() + " have arrived");
            }
            Files.delete(target);
        });
    }

    /** The object is uploaded in parts, as large ones are, so that there is no digest to compare. */
    private void introduce(Server gateway, Client.Sftp client, StoredObject object)
            throws IOException, InterruptedException {
        Path file = workspace.file(size.pushBytes());
        Client.run(List.of(client.upload(gateway.access(), file, object.key())));
        // Saves memory.
        workspace.forget(file);
        Remote remote = servers.remote();
        Access access = remote.access();
        execute(client.execute(
                gateway.access(),
                "remote add bench %s@%s:%d --key-stdin --any-folder --host-key '%s'"
                        .formatted(access.user(), access.address(), access.port(), remote.hostKey()),
                Files.readString(workspace.key())));
    }

    /** Measures the job's duration, from its order to its end. */
    private void push(Server gateway, Client.Sftp client, StoredObject object, Path target, Recorder recorder)
            throws IOException, InterruptedException {
        String command = "push " + object.name() + " bench:" + target + " --mode direct --wait --output json";
        long before = gateway.transferredBytes();
        recorder.measureTimed(
                "push",
                size.pushBytes(),
                Unit.BYTES,
                () -> jobSeconds(execute(client.execute(gateway.access(), command, ""))));
        double share = (double) (gateway.transferredBytes() - before) / size.pushBytes();
        if (share > LARGEST_SHARE) {
            throw new IOException("%.1f%% of the bytes passed through the gateway".formatted(100 * share));
        }
    }

    private static ClientCommand fetch(StoredObject object, Path target) {
        S3Endpoint endpoint = object.endpoint();
        return Clients.command(
                "curl",
                "--silent",
                "--show-error",
                "--fail",
                "--aws-sigv4",
                "aws:amz:" + endpoint.region() + ":s3",
                "--user",
                endpoint.accessKey() + ":" + endpoint.secretKey(),
                "--output",
                target.toString(),
                endpoint.uri() + "/" + object.bucket() + "/" + object.key());
    }

    private static String execute(ClientCommand command) throws IOException, InterruptedException {
        ClientResult result = command.run(Client.LIMIT);
        if (result.exitCode() != 0) {
            throw new IOException(result.toString());
        }
        return result.stdout();
    }

    /** The job's duration, from the last line printed about it. */
    private static double jobSeconds(String printed) throws IOException {
        Map<String, Instant> times = new HashMap<>();
        Matcher matcher = TIME.matcher(printed);
        while (matcher.find()) {
            times.put(matcher.group(1), Instant.parse(matcher.group(2)));
        }
        Instant created = times.get("created");
        Instant ended = times.get("ended");
        if (created == null || ended == null) {
            throw new IOException("nothing is said of the times of the job: " + printed);
        }
        return Duration.between(created, ended).toMillis() / 1e3;
    }

    private Scenario uploads(
            String name, String description, Protocol protocol, List<Product> products, Client client) {
        return new Scenario(name, description, protocol, products, UPLOADS_WARM_UPS, (server, run, recorder) -> {
            Path file = workspace.file(size.uploadBytes());
            List<ClientCommand> uploads = new ArrayList<>();
            for (int i = 0; i < size.uploads(); i++) {
                uploads.add(client.upload(server.access(), file, "upload-" + i));
            }
            recorder.clients("up", size.uploads() * size.uploadBytes(), Unit.BYTES, uploads);
        });
    }

    private Scenario cold(String name, String description, Protocol protocol, List<Product> products, Client client) {
        return new Scenario(name, description, protocol, products, 0, (server, run, recorder) -> {
            Path file = workspace.file(64 * MIB);
            transfer(server.access(), client, file, recorder);
        });
    }

    private Scenario distant(
            String name, String description, Protocol protocol, List<Product> products, Client client) {
        return new Scenario(name, description, protocol, products, 1, (server, run, recorder) -> {
            try (DelayProxy proxy = DelayProxy.before(server.access(), Duration.ofMillis(50))) {
                transfer(proxy.access(), client, workspace.file(size.distantBytes()), recorder);
            }
        });
    }

    private Scenario logins(String name, String description, Protocol protocol, List<Product> products, Client client) {
        return new Scenario(name, description, protocol, products, 1, (server, run, recorder) -> {
            Path file = workspace.file(1);
            recorder.measure("log in, upload 1 byte", LOGINS, Unit.LOGINS, () -> {
                for (int i = 0; i < LOGINS; i++) {
                    Client.run(List.of(client.upload(server.access(), file, "byte")));
                }
            });
        });
    }

    private Scenario idle(String name, String description, Protocol protocol, List<Product> products) {
        return new Scenario(name, description, protocol, products, 0, (server, run, recorder) -> {
            long before = server.proportionalBytes();
            try (IdleSessions sessions = new IdleSessions(server.access(), protocol, workspace)) {
                recorder.measure("open", size.sessions(), Unit.LOGINS, () -> sessions.open(size.sessions()));
                recorder.memory("idle", size.sessions(), server.proportionalBytes() - before);
            }
        });
    }
}
