package dev.slipway.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.slipway.core.account.Permission;
import dev.slipway.core.net.ListenPort;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.store.s3.S3Settings;
import dev.slipway.core.store.s3.StorageSettings;
import dev.slipway.core.unit.DataSize;
import dev.slipway.ftps.ClientCertificates;
import dev.slipway.ftps.SessionReuse;
import dev.slipway.ftps.TlsVersion;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsLoaderTest {
    private static final String SMALLEST = """
            s3:
              bucket: files
            accounts:
              - name: anna
                password: secret-of-anna
            """;

    @TempDir
    private Path directory;

    private SettingsLoader.Loaded load(String yaml, String... variablesAndValues)
            throws IOException, ConfigurationException {
        Path file = Files.writeString(directory.resolve("slipway.yml"), yaml);
        return SettingsLoader.load(file, environment(variablesAndValues));
    }

    private List<String> problems(String yaml, String... variablesAndValues) {
        var e = catchThrowableOfType(ConfigurationException.class, () -> load(yaml, variablesAndValues));
        assertThat(e).as("the configuration was accepted").isNotNull();
        return e.problems().stream()
                .map(problem -> problem.toString().replace(directory.toString() + "/", ""))
                .toList();
    }

    private static Map<String, String> environment(String... variablesAndValues) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (int i = 0; i < variablesAndValues.length; i += 2) {
            environment.put(variablesAndValues[i], variablesAndValues[i + 1]);
        }
        return environment;
    }

    @Test
    void namesFollowTheRulesOfTheCommands() {
        assertThat(problems("""
                        s3:
                          bucket: ../etc
                        accounts:
                          - name: a/b
                            password: secret-of-anna
                        remotes:
                          - name: ..
                            host: 192.0.2.1
                            user: anna
                            password: secret-of-anna
                            hostKeys: [SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU]
                        """))
                .anySatisfy(problem -> assertThat(problem).contains("s3.bucket", "must be 3 to 255"))
                .anySatisfy(problem -> assertThat(problem).contains("accounts[0].name", "expected 1 to 64"))
                .anySatisfy(problem -> assertThat(problem).contains("remotes[0].name", "must be 1 to 64"));
    }

    @Test
    void theUrlOfAWebhookMayHaveAQueryWhichIsNeverShown() throws Exception {
        Map<String, String> values = new HashMap<>(Map.of(
                "s3.bucket", "files",
                "webhooks[0].url", "https://hooks.example.com/?token=hunter2",
                "webhooks[0].secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        SettingsLoader.Loaded loaded = SettingsLoader.of(values);
        assertThat(loaded.settings().webhooks().getFirst().url().getQuery()).isEqualTo("token=hunter2");
        assertThat(loaded.effective()).containsEntry("webhooks[0].url", "https://hooks.example.com/***");

        for (String wrong : List.of(
                "https://hooks.example.com/hunter2?token=hunter2#hunter2",
                "https://me:hunter2@hooks.example.com/hunter2?token=hunter2",
                "ftp://hooks.example.com/?token=hunter2",
                "https://me:hun/ter2@hooks.example.com/?token=hunter2",
                "https://hooks.example.com/a b?token=hunter2")) {
            values.put("webhooks[0].url", wrong);
            assertThatThrownBy(() -> SettingsLoader.of(values))
                    .as(wrong)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("webhooks[0].url")
                    .hasMessageNotContaining("token=hunter2")
                    .hasMessageNotContaining("me:hun");
        }
        values.put("webhooks[0].url", "https://hooks.example.com/#x");
        assertThatThrownBy(() -> SettingsLoader.of(values)).hasMessageContaining("fragment");
        values.put("webhooks[0].url", "https://hooks.example.com/");
        values.put("s3.endpoint", "https://s3.example.com/?x=hunter2");
        assertThatThrownBy(() -> SettingsLoader.of(values))
                .hasMessageContaining("s3.endpoint")
                .hasMessageContaining("must not have a query")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void aBucketAndAnAccountAreEnough() throws Exception {
        GatewaySettings settings = load(SMALLEST).settings();

        assertThat(settings.s3().endpoint()).isNull();
        assertThat(settings.s3().region()).isEqualTo("us-east-1");
        assertThat(settings.memory().parts()).isNull();
        assertThat(settings.ftps().explicitPort()).isEqualTo(new ListenPort(8021));
        assertThat(settings.ftps().implicitPort()).isEqualTo(ListenPort.OFF);
        assertThat(settings.ftps().detectImplicitTls()).isFalse();
        assertThat(settings.ftps().passivePorts()).isEqualTo(new PortRange(20000, 20499));
        assertThat(settings.ftps().plain()).isFalse();
        assertThat(settings.ftps().requireDataProtection()).isTrue();
        assertThat(settings.ftps().hostNames()).containsExactly("localhost", "127.0.0.1", "::1");
        assertThat(settings.sftp().port()).isEqualTo(new ListenPort(2222));
        assertThat(settings.accounts()).hasSize(1);
        assertThat(settings.accounts().getFirst().permissions()).containsExactlyInAnyOrder(Permission.values());
        assertThat(settings.accounts().getFirst().mounts()).isEmpty();
    }

    @Test
    void outcomesAndOrdersFollowTheSettings() throws Exception {
        GatewaySettings settings = load(SMALLEST + """
                        webhooks:
                          - url: https://hooks.example.com/slipway
                            secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                          - {url: "http://127.0.0.1:8000/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, events: [fail, uploaded]}
                        amqp: {host: mq.example.com, username: slipway, password: hunter2, queue: orders}
                        """).settings();

        assertThat(settings.webhooks().getFirst().events())
                .as("only jobs, by default")
                .containsExactlyInAnyOrder(GatewaySettings.WebhookEvent.SUCCESS, GatewaySettings.WebhookEvent.FAIL);
        assertThat(settings.webhooks().getLast().events())
                .containsExactlyInAnyOrder(GatewaySettings.WebhookEvent.FAIL, GatewaySettings.WebhookEvent.UPLOADED);
        assertThat(settings.amqp().port()).isNull();
        assertThat(settings.amqp().prefetchCount()).isEqualTo(10);
        assertThat(settings.amqp().jobsAtOnce()).isNull();
        assertThat(settings.amqp().deadLetters()).isFalse();
        assertThat(settings.amqp().remote()).isEqualTo("ssh");
        assertThat(settings.toString()).doesNotContain("hunter2", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        assertThat(problems(SMALLEST + """
                        webhooks:
                          - {url: "https://anna@hooks.example.com/", secret: hunter2}
                        amqp: {queue: orders}
                        """))
                .anyMatch(problem -> problem.contains("webhooks[0].secret") && problem.contains("whsec_"))
                .anyMatch(problem -> problem.contains("webhooks[0].url") && problem.contains("must not contain a user"))
                .anyMatch(problem -> problem.contains("amqp.host"))
                .noneMatch(problem -> problem.contains("hunter2"));
        assertThat(problems(SMALLEST + "amqp: {host: mq.example.com, caFile: ca.pem}\n"))
                .anyMatch(problem -> problem.contains("amqp.username"))
                .anyMatch(problem -> problem.contains("amqp.password"))
                .anyMatch(problem -> problem.contains("amqp.queue"))
                .anyMatch(problem -> problem.contains("amqp.caFile"));
    }

    @Test
    void everythingCanBeSetInTheFile() throws Exception {
        GatewaySettings settings = load("""
                        s3:
                          endpoint: http://minio.example.com:9000
                          region: eu-west-1
                          pathStyle: false
                          accessKey: key
                          secretKey: 0123
                          caFile: ca.pem
                          proxy: http://proxy.example.com:3128
                          checksums: none
                        memory: {parts: 64 MiB, admissionWait: 500ms}
                        state:
                          directory: /var/lib/slipway
                        ftps:
                          explicitPort: off
                          implicitPort: 990
                          passivePorts: 50000-50100
                          externalAddress: ftp.example.com
                          keyStore: server.p12
                          keyStorePassword: changeit
                          minimumTls: 1.3
                          sessionReuse: require
                          clientCertificates: optional
                          clientCaFile: clients.pem
                          idleTimeout: 2m
                        sftp:
                          port: 0
                        accounts:
                          - name: anna
                            authorizedKeys:
                              - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnmxNqZst/L+rks9X5VNm2Z3dlEAlysoDsnVVv3T8p9 anna@home
                            permissions: [list, read]
                            mounts:
                              - path: /in
                                bucket: files
                                prefix: anna/
                              - {path: /out, bucket: files, readOnly: true}
                        """).settings();

        assertThat(settings.s3().endpoint()).isEqualTo(URI.create("http://minio.example.com:9000"));
        assertThat(settings.s3().pathStyle()).isEqualTo(S3Settings.PathStyle.FALSE);
        assertThat(settings.s3().secretKey()).isEqualTo(new Secret("0123"));
        assertThat(settings.s3().caFile()).as("relative to the file's folder").isEqualTo(directory.resolve("ca.pem"));
        assertThat(settings.memory().parts()).isEqualTo(new DataSize(64L << 20));
        assertThat(settings.memory().admissionWait()).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.ftps().explicitPort().isOn()).isFalse();
        assertThat(settings.ftps().implicitPort()).isEqualTo(new ListenPort(990));
        assertThat(settings.ftps().minimumTls()).isEqualTo(TlsVersion.TLS_1_3);
        assertThat(settings.ftps().sessionReuse()).isEqualTo(SessionReuse.REQUIRE);
        assertThat(settings.ftps().clientCertificates()).isEqualTo(ClientCertificates.OPTIONAL);
        assertThat(settings.ftps().clientCaFile()).isEqualTo(directory.resolve("clients.pem"));
        assertThat(settings.sftp().port().isOn()).isTrue();
        assertThat(settings.accounts().getFirst().permissions()).isEqualTo(Set.of(Permission.LIST, Permission.READ));
        assertThat(settings.accounts().getFirst().mounts())
                .containsExactly(
                        new GatewaySettings.Mount("/in", "files", "anna/", false, false),
                        new GatewaySettings.Mount("/out", "files", null, true, false));
    }

    @Test
    void clientCertificatesNeedAnAuthorityAndTls() {
        assertThat(problems(SMALLEST + """
                        ftps:
                          clientCertificates: required
                          plain: true
                        """))
                .satisfiesExactly(
                        problem -> assertThat(problem).startsWith("ftps.clientCaFile: is required"),
                        problem -> assertThat(problem).startsWith("ftps.plain is 'true': must be false"));
        assertThat(problems(SMALLEST + """
                        ftps:
                          clientCaFile: clients.pem
                          minimumTls: 1.1
                          sessionReuse: sometimes
                        """))
                .satisfiesExactly(
                        problem -> assertThat(problem).contains("ftps.minimumTls is '1.1': expected one of 1.2, 1.3"),
                        problem -> assertThat(problem).contains("expected one of adaptive, require, off"));
        assertThat(problems(SMALLEST + "ftps: {clientCaFile: clients.pem}"))
                .satisfiesExactly(problem -> assertThat(problem).contains("requires ftps.clientCertificates"));
    }

    @Test
    void allProblemsAreReportedAtOnceWithTheirLines() {
        assertThat(problems("""
                        s3:
                          endpont: https://example.com
                          maxConnections: 0
                        memory:
                          parts: 8
                        ftps:
                          explicitPort: 70000
                          plain: yes please
                          idleTimeout: 10
                        accounts:
                          - name: anna
                            permissions: [read, fly]
                            mounts: /everything
                        extra: 1
                        """))
                .containsExactly(
                        "slipway.yml:14: extra: is not a setting",
                        "slipway.yml:2: s3.endpont: is not a setting; did you mean endpoint?",
                        "slipway.yml:3: s3.maxConnections is '0': expected a number from 1 to 10000",
                        "slipway.yml:5: memory.parts is '8': expected a size with its unit, such as 512MiB",
                        "slipway.yml:7: ftps.explicitPort is '70000': expected a port from 1 to 65535, 0 for any free "
                                + "port, or off",
                        "slipway.yml:8: ftps.plain is 'yes please': expected true or false",
                        "slipway.yml:9: ftps.idleTimeout is '10': expected a duration with its unit (ms, s, m, h, d),"
                                + " such as 30s",
                        "slipway.yml:13: accounts[0].mounts: must be a list",
                        "slipway.yml:12: accounts[0].permissions[1] is 'fly': expected one of list, read, write,"
                                + " overwrite, delete, rename, mkdir");
    }

    @Test
    void inconsistentSettingsAreReportedAtOnce() {
        assertThat(problems("""
                        s3:
                          accessKey: key
                          endpoint: https://example.com/files
                        memory: {parts: 1MiB}
                        ftps:
                          certificate: server.pem
                          explicitPort: 2222
                          passivePorts: 2200-2300
                        accounts:
                          - name: anna
                          - name: anna
                            password: x
                            passwordHash: y
                            authorizedKeys: [nonsense]
                          - name: otto
                            password: x
                            mounts: [{path: in/../out, prefix: /x}]
                        """))
                .satisfiesExactly(
                        problem -> assertThat(problem).startsWith("s3.secretKey: is required"),
                        problem -> assertThat(problem).startsWith("s3.endpoint is 'https://example.com/files': must"),
                        problem -> assertThat(problem).startsWith("memory.parts is '1MiB': must be at least"),
                        problem -> assertThat(problem)
                                .startsWith("ftps.passivePorts is '2200-2300': must not contain ftps.explicitPort"),
                        problem -> assertThat(problem).startsWith("ftps.key: is required"),
                        problem -> assertThat(problem).startsWith("sftp.port is '2222': must differ"),
                        problem -> assertThat(problem)
                                .startsWith("ftps.passivePorts is '2200-2300': must not contain sftp.port"),
                        problem -> assertThat(problem).startsWith("s3.bucket: is required"),
                        problem -> assertThat(problem).startsWith("accounts[0].password: is required"),
                        problem -> assertThat(problem).startsWith("accounts[1].name is 'anna'"),
                        problem -> assertThat(problem).startsWith("accounts[1].passwordHash: cannot"),
                        problem -> assertThat(problem).startsWith("accounts[1].passwordHash is '***': a password hash"),
                        problem -> assertThat(problem).startsWith("accounts[1].authorizedKeys[0] is 'nonsense'"),
                        problem -> assertThat(problem)
                                .startsWith("accounts[2].mounts[0].path: 'in/../out' is not absolute"),
                        problem -> assertThat(problem).startsWith("accounts[2].mounts[0].bucket: it is missing"),
                        problem -> assertThat(problem).startsWith("accounts[2].mounts[0].prefix: it starts with /"));
    }

    @Test
    void aProxyIsAnAddressWithAPortAndItsCredentialsAreApart() throws Exception {
        GatewaySettings settings = load("""
                        s3: {bucket: files, proxy: "http://proxy.example.com:3128/", proxyUser: gw, proxyPassword: hunter2}
                        accounts: [{name: anna, password: x}]
                        """).settings();

        assertThat(settings.s3().proxyPassword()).isEqualTo(new Secret("hunter2"));
        assertThat(settings.toString()).doesNotContain("hunter2");

        assertThat(problems("""
                        s3: {bucket: files, proxy: "http://gw:hunter2@proxy.example.com:3128", proxyUser: gw}
                        accounts: [{name: anna, password: x}]
                        """))
                .satisfiesExactly(
                        problem -> assertThat(problem)
                                .startsWith("s3.proxy is 'http://***@proxy.example.com:3128': must not contain a user"),
                        problem -> assertThat(problem).startsWith("s3.proxyPassword: is required"));
        assertThat(problems("""
                        s3: {bucket: files, proxy: "https://proxy.example.com:3128", proxyUser: "a:b", proxyPassword: x}
                        accounts: [{name: anna, password: x}]
                        """))
                .satisfiesExactly(
                        problem -> assertThat(problem).contains("s3.proxy", "must start with http://"),
                        problem -> assertThat(problem).contains("s3.proxyUser", "must not be empty"));
        assertThat(problems("""
                        s3: {bucket: files, proxy: "http://proxy.example.com:99999"}
                        accounts: [{name: anna, password: x}]
                        """))
                .satisfiesExactly(problem -> assertThat(problem).contains("must have a port"));
        assertThat(problems("""
                        s3: {bucket: files, proxy: "http://proxy.example.com"}
                        accounts: [{name: anna, password: x}]
                        """))
                .satisfiesExactly(problem -> assertThat(problem).contains("must have a port"));
        assertThat(problems("""
                        s3: {bucket: files, proxyUser: gw, proxyPassword: hunter2}
                        accounts: [{name: anna, password: x}]
                        """))
                .satisfiesExactly(problem -> assertThat(problem).contains("requires s3.proxy"));
    }

    @Test
    void storageRulesSetHowObjectsAreStored() throws Exception {
        GatewaySettings settings = load(SMALLEST + """
                        storage:
                          - prefix: invoices/
                            encryption: kms
                            kmsKey: alias/invoices
                            bucketKey: true
                            storageClass: STANDARD_IA
                            acl: bucket-owner-full-control
                          - bucket: other
                            role: arn:aws:iam::1:role/files
                            sessionDuration: 2h
                        """).settings();

        assertThat(settings.storage().getFirst().encryption()).isEqualTo(StorageSettings.EncryptionMode.KMS);
        assertThat(settings.storage().getFirst().acl()).isEqualTo(StorageSettings.CannedAcl.BUCKET_OWNER_FULL_CONTROL);
        assertThat(settings.storage().get(1).sessionDuration()).isEqualTo(Duration.ofHours(2));
        assertThat(settings.storage().get(1).sessionName()).isEqualTo("slipway");
    }

    @Test
    void urlsThatCannotBeSignedForSoLongAreAProblem() {
        assertThat(problems(SMALLEST + "transfer: {urlLifetime: 8d}\n"))
                .satisfiesExactly(
                        problem -> assertThat(problem).startsWith("transfer.urlLifetime is '8d': must be at most 7d"));
    }

    @Test
    void invalidStorageRulesAreProblems() {
        assertThat(problems(SMALLEST + """
                        storage:
                          - {prefix: a, encryption: customer}
                          - {prefix: b/, kmsKey: k, role: nobody, sessionDuration: 13h}
                          - {prefix: b/, encryption: customer, customerKey: cafe-and-tea, externalId: 1}
                        """))
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem).startsWith("storage[0].prefix is 'a': must end with '/'"),
                        problem -> assertThat(problem).startsWith("storage[0].customerKey: is required"),
                        problem -> assertThat(problem).startsWith("storage[1].kmsKey is 'k': requires encryption kms"),
                        problem -> assertThat(problem).startsWith("storage[1].role is 'nobody': must be an ARN"),
                        problem -> assertThat(problem).startsWith("storage[1].sessionDuration is '13h': must be"),
                        problem -> assertThat(problem).startsWith("storage[2].prefix is 'b/': is listed twice"),
                        problem -> assertThat(problem)
                                .startsWith("storage[2].customerKey is '***': must be a key of 32 bytes")
                                .doesNotContain("cafe"),
                        problem -> assertThat(problem).startsWith("storage[2].externalId is '1': requires role"));
        assertThat(problems("""
                        s3: {bucket: bucket, endpoint: http://127.0.0.1:9000}
                        storage: [{encryption: customer, customerKeyFile: key}]
                        """))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem).startsWith("storage[0].encryption is 'customer': requires an s3.endpoint"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://user:hidden@db/x",
                "jdbc:postgresql://user:hidden@db/x",
                "jdbc:postgresql://user:hid?den@db/x",
                "jdbc:postgresql://db/x?sslmode=require&password=hidden",
                "host=db password=hidden",
                "mysql:hidden"
            })
    void aDatabaseThatMayHoldAPasswordIsRefusedWithoutBeingShown(String url) {
        assertThat(problems(SMALLEST + "state: {database: '" + url + "'}"))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem).startsWith("state.database: must").doesNotContain("hid"));
    }

    @Test
    void secretsAppearNeitherInProblemsNorInEffectiveSettingsNorInToString() throws Exception {
        String yaml = """
                s3:
                  bucket: files
                  accessKey: key
                  secretKey: hidden-1
                  proxy: http://proxy.example.com:3128
                  proxyUser: me
                  proxyPassword: hidden-2
                webhooks:
                  - {url: "https://hooks.example.com/hidden-5", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
                accounts:
                  - name: anna
                    password: hidden-3
                """;
        var loaded = load(yaml);
        assertThat(loaded.settings().s3().secretKey()).isEqualTo(new Secret("hidden-1"));
        assertThat(loaded.effective()).containsEntry("s3.secretKey", "***");
        assertThat(loaded.effective()).containsEntry("s3.proxyPassword", "***");
        assertThat(loaded.effective()).containsEntry("webhooks[0].url", "https://hooks.example.com/***");
        assertThat(loaded.effective().toString()).doesNotContain("hidden");
        assertThat(loaded.settings().accounts().toString()).doesNotContain("hidden");

        assertThat(problems(
                        yaml.replace("proxy: http://", "proxy: ftp://me:hidden-2@")
                                        .replace("password: hidden-3", "password: ''")
                                + "bad: 1\n",
                        "SLIPWAY_S3_SECRET_KEE",
                        "hidden-4"))
                .hasSize(4)
                .noneMatch(problem -> problem.contains("hidden"));
        assertThat(problems("s3:\n  secretKey: 'hidden\n")).noneMatch(problem -> problem.contains("hidden"));
    }

    @Test
    void variablesOverrideTheFile() throws Exception {
        GatewaySettings settings = load(
                        SMALLEST,
                        "SLIPWAY_S3_BUCKET",
                        "others",
                        "SLIPWAY_FTPS_EXPLICIT_PORT",
                        "2121",
                        "SLIPWAY_FTPS_HOST_NAMES",
                        "ftp.example.com, 10.0.0.1",
                        "SLIPWAY_ACCOUNTS_0_PASSWORD",
                        "another",
                        "SLIPWAY_ACCOUNTS_0_MOUNTS_0_PREFIX",
                        "anna/",
                        "SLIPWAY_ACCOUNTS_1_NAME",
                        "otto",
                        "SLIPWAY_ACCOUNTS_1_PASSWORD",
                        "secret-of-otto")
                .settings();

        assertThat(settings.s3().bucket()).isEqualTo("others");
        assertThat(settings.ftps().explicitPort()).isEqualTo(new ListenPort(2121));
        assertThat(settings.ftps().hostNames()).containsExactly("ftp.example.com", "10.0.0.1");
        assertThat(settings.accounts())
                .extracting(GatewaySettings.Account::name)
                .containsExactly("anna", "otto");
        assertThat(settings.accounts().getFirst().password()).isEqualTo(new Secret("another"));
        assertThat(settings.accounts().getFirst().mounts())
                .containsExactly(new GatewaySettings.Mount("/", null, "anna/", false, false));
    }

    @Test
    void aSettingThatWasReplacedNamesTheOneThatReplacedIt() throws Exception {
        assertThat(problems(SMALLEST + "sftp:\n  receiveWindow: 2MiB\n"))
                .singleElement()
                .asString()
                .endsWith("sftp.receiveWindow: was replaced by sftp.windowMemory");
        assertThat(problems(SMALLEST, "SLIPWAY_SFTP_RECEIVE_WINDOW", "2MiB"))
                .containsExactly("environment variable SLIPWAY_SFTP_RECEIVE_WINDOW: sftp.receiveWindow:"
                        + " was replaced by sftp.windowMemory");
    }

    @Test
    void unknownVariablesAreProblemsExceptThoseOfKubernetes() throws Exception {
        assertThat(problems(SMALLEST, "SLIPWAY_S3_BUKET", "x", "SLIPWAY_ACCOUNTS_5_NAME", "x"))
                .containsExactly(
                        "environment variable SLIPWAY_ACCOUNTS_5_NAME: counts from 0 without gaps; the next one is 1",
                        "environment variable SLIPWAY_S3_BUKET: is not a setting; did you mean SLIPWAY_S3_BUCKET?");

        assertThat(load(
                                SMALLEST,
                                "SLIPWAY_SERVICE_HOST",
                                "10.0.0.1",
                                "SLIPWAY_PORT",
                                "tcp://10.0.0.1:2222",
                                "SLIPWAY_PORT_2222_TCP_ADDR",
                                "10.0.0.1",
                                "SLIPWAY_SFTP_PORT",
                                "tcp://10.0.0.1:2222",
                                "SLIPWAY_SFTP_SERVICE_PORT_SFTP",
                                "2222")
                        .settings())
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: b: c",
                "- just\n- a list",
                "&a [*a]",
                "s3: {bucket: x, bucket: y}",
                "%",
                "\"\\x\"",
                "!!java/x y"
            })
    void invalidConfigurationsAreRefusedWithoutACrash(String yaml) {
        assertThat(problems(yaml).getFirst()).startsWith("slipway.yml");
    }

    @Test
    void aMissingFileIsNamed() {
        Path file = directory.resolve("missing.yml");
        var e = catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(file, Map.of()));

        assertThat(e).hasMessageContainingAll(file.toString(), "no such file");
    }

    @Test
    void theEnvironmentOfTheSmallServiceIsEnough() throws Exception {
        GatewaySettings settings =
                SettingsLoader.load(null, serviceEnvironment()).settings();

        assertThat(settings.s3().endpoint()).isEqualTo(URI.create("https://s3-eu-west-1.amazonaws.com"));
        assertThat(settings.s3().region()).isEqualTo("eu-west-1");
        assertThat(settings.s3().bucket()).isEqualTo("files");
        assertThat(settings.s3().accessKey()).isEqualTo("key");
        assertThat(settings.s3().secretKey()).isEqualTo(new Secret("secret"));
        assertThat(settings.accounts().getFirst().name()).isEqualTo("anna");
        assertThat(settings.accounts().getFirst().password()).isEqualTo(new Secret("secret-of-anna"));
        assertThat(settings.ftps().explicitPort()).isEqualTo(new ListenPort(8021));
        assertThat(settings.ftps().passivePorts()).isEqualTo(new PortRange(8022, 8042));
        assertThat(settings.ftps().detectImplicitTls()).isTrue();
        assertThat(settings.s3().sessionToken()).isNull();
        assertThat(settings.sftp().port()).isEqualTo(new ListenPort(2222));
    }

    @Test
    void theSmallServiceMayHaveTemporaryCredentials() throws Exception {
        Map<String, String> environment = serviceEnvironment();
        environment.put("AWS_SESSION_TOKEN", "hidden-token");
        environment.put("SLIPWAY_FTPS_DETECT_IMPLICIT_TLS", "false");
        environment.put("SLIPWAY_FTPS_PASSIVE_PORTS", "30000-30100");
        GatewaySettings settings = SettingsLoader.load(null, environment).settings();

        assertThat(settings.s3().sessionToken()).isEqualTo(new Secret("hidden-token"));
        assertThat(settings.toString()).doesNotContain("hidden-token");
        assertThat(settings.ftps().detectImplicitTls()).isFalse();
        assertThat(settings.ftps().passivePorts()).isEqualTo(new PortRange(30000, 30100));
        assertThat(problems(SMALLEST.replace("s3:", "s3:\n  sessionToken: hidden-token\n ")))
                .anyMatch(problem -> problem.contains("s3.accessKey") && problem.contains("s3.sessionToken"))
                .noneMatch(problem -> problem.contains("hidden-token"));
    }

    /** A value of earlier versions. */
    @Test
    void acceptIsNowAdaptive() {
        assertThat(problems(SMALLEST + "ftps: {sessionReuse: accept}\n"))
                .singleElement()
                .asString()
                .contains("ftps.sessionReuse", "adaptive");
    }

    @Test
    void theSyslogServerOfAServiceIsUsed() throws Exception {
        Map<String, String> environment = serviceEnvironment();
        environment.put("RSYSLOG_HOST", "logs");
        environment.put("RSYSLOG_PORT", "10514");
        GatewaySettings.Log log =
                SettingsLoader.load(null, environment).settings().log();
        assertThat(log.syslogHost()).isEqualTo("logs");
        assertThat(log.syslogPort()).isEqualTo(10514);
    }

    private static Map<String, String> serviceEnvironment() {
        return environment(
                "AWS_ACCESS_KEY_ID", "key",
                "AWS_SECRET_ACCESS_KEY", "secret",
                "AWS_S3_BUCKET_REGION", "eu-west-1",
                "AWS_S3_BUCKET_HOST", "s3-eu-west-1.amazonaws.com",
                "AWS_S3_BUCKET_NAME", "files",
                "FTP_USER_LOGIN", "anna",
                "FTP_USER_PASSWORD", "secret-of-anna");
    }

    @Test
    void missingVariablesAreNamedTogether() {
        Map<String, String> environment = serviceEnvironment();
        environment.remove("AWS_S3_BUCKET_NAME");
        environment.put("FTP_USER_PASSWORD", "");
        environment.put("SLIPWAY_SFTP_PORT", "none");
        var e = catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(null, environment));

        assertThat(e.problems()).hasSize(2);
        assertThat(e.problems().getFirst().toString())
                .startsWith("environment variables are not set: AWS_S3_BUCKET_NAME, FTP_USER_PASSWORD. ");
        assertThat(e.problems().getLast().key()).isEqualTo("sftp.port");

        var nothing = catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(null, Map.of()));
        assertThat(nothing.problems()).hasSize(1);
        assertThat(nothing).hasMessageContainingAll("AWS_ACCESS_KEY_ID", "--config", "SLIPWAY_CONFIG");
    }

    @Test
    void aContainerThatTakesOrdersFromAQueueCanKeepItsVariables() throws Exception {
        Map<String, String> environment = environment(
                "RABBITMQ_HOST", "mq.example.com",
                "RABBITMQ_PORT", "tcp://10.0.0.7:5672",
                "RABBITMQ_USERNAME", "slipway",
                "RABBITMQ_PASSWORD", "hunter2",
                "RABBITMQ_QUEUE", "orders",
                "RABBITMQ_PREFETCH_COUNT", "3",
                "RABBITMQ_OUTCOME_ROUTING_KEY", "outcomes",
                "SSH_HOST", "files.example.com",
                "SSH_USER", "slipway",
                "SSH_PASSWORD", "hunter2",
                "SSH_HOST_KEY", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
                "SSH_FREE_SPACE_PERCENTAGE", "",
                "SSH_FILE_SYSTEM", "/in");
        GatewaySettings settings = SettingsLoader.load(null, environment).settings();
        assertThat(settings.amqp().host()).isEqualTo("mq.example.com");
        assertThat(settings.amqp().port()).as("set by Kubernetes").isNull();
        assertThat(settings.amqp().password()).isEqualTo(new Secret("hunter2"));
        assertThat(settings.amqp().prefetchCount()).isEqualTo(3);
        assertThat(settings.amqp().jobsAtOnce()).as("transfers under way").isEqualTo(3);
        assertThat(settings.amqp().deadLetters()).isTrue();
        assertThat(settings.amqp().outcomeRoutingKey()).isEqualTo("outcomes");
        assertThat(settings.accounts()).isEmpty();

        assertThat(settings.remotes()).singleElement().satisfies(remote -> {
            assertThat(remote.name()).isEqualTo("ssh");
            assertThat(remote.host()).isEqualTo("files.example.com");
            assertThat(remote.port()).isEqualTo(22);
            assertThat(remote.user()).isEqualTo("slipway");
            assertThat(remote.password()).isEqualTo(new Secret("hunter2"));
            assertThat(remote.hostKeys()).containsExactly("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
            assertThat(remote.fileSystem()).isEqualTo("/in");
        });
        assertThat(settings.transfer().freeSpacePercentage()).isNull();
        environment.put("SSH_FREE_SPACE_PERCENTAGE", "15");
        assertThat(SettingsLoader.load(null, environment).settings().transfer().freeSpacePercentage())
                .isEqualTo(15);
        environment.remove("SSH_FREE_SPACE_PERCENTAGE");
        environment.remove("SSH_HOST_KEY");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(null, environment))
                        .problems())
                .extracting(Problem::key)
                .containsExactly("environment variable SSH_HOST_KEY", "environment variable SSH_FREE_SPACE_PERCENTAGE");
        environment.remove("SSH_HOST");

        environment.putAll(serviceEnvironment());
        environment.put("RABBITMQ_PORT", "5673");
        GatewaySettings both = SettingsLoader.load(null, environment).settings();
        assertThat(both.amqp().port()).isEqualTo(5673);
        assertThat(both.s3().bucket()).isEqualTo("files");
        assertThat(both.accounts()).hasSize(1);

        environment.remove("FTP_USER_LOGIN");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(null, environment)))
                .hasMessageContaining("FTP_USER_LOGIN");
        environment.remove("FTP_USER_PASSWORD");
        environment.remove("RABBITMQ_QUEUE");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> SettingsLoader.load(null, environment)))
                .hasMessageContaining("amqp.queue");
    }

    @Test
    void aPortInTheHostAndASchemeAreKept() throws Exception {
        Map<String, String> environment = serviceEnvironment();
        environment.put("AWS_S3_BUCKET_HOST", "minio:9000");
        assertThat(SettingsLoader.load(null, environment).settings().s3().endpoint())
                .isEqualTo(URI.create("https://minio:9000"));
        environment.put("AWS_S3_BUCKET_HOST", "http://minio:9000");
        assertThat(SettingsLoader.load(null, environment).settings().s3().endpoint())
                .isEqualTo(URI.create("http://minio:9000"));
    }

    @Test
    void slipwayVariablesAloneAreEnoughToo() throws Exception {
        assertThat(SettingsLoader.load(
                                null,
                                environment(
                                        "SLIPWAY_S3_BUCKET", "files",
                                        "SLIPWAY_ACCOUNTS_0_NAME", "anna",
                                        "SLIPWAY_ACCOUNTS_0_PASSWORD", "x",
                                        "AWS_ACCESS_KEY_ID", "for the default chain"))
                        .settings()
                        .s3()
                        .accessKey())
                .isNull();
    }

    @Test
    void programsSetTheSameKeys() throws Exception {
        var settings = SettingsLoader.of(Map.of(
                        "s3.bucket", "files",
                        "ftps.explicitPort", "0",
                        "accounts[0].name", "anna",
                        "accounts[0].password", "x",
                        "accounts[0].mounts[0].prefix", "anna/"))
                .settings();

        assertThat(settings.ftps().explicitPort()).isEqualTo(new ListenPort(0));
        assertThat(settings.accounts().getFirst().mounts().getFirst().prefix()).isEqualTo("anna/");
    }

    @Test
    void theKeysOfProgramsMayComeInAnyOrder() throws Exception {
        Map<String, String> values = new LinkedHashMap<>(Map.of("s3.bucket", "files"));
        for (int i = 11; i >= 0; i--) {
            values.put("accounts[" + i + "].password", "x");
            values.put("accounts[" + i + "].name", "account" + i);
        }

        assertThat(SettingsLoader.of(values).settings().accounts())
                .extracting(GatewaySettings.Account::name)
                .hasSize(12)
                .startsWith("account0", "account1", "account2")
                .endsWith("account11");
    }

    @Test
    void archivesMustNotBeTakenForFiles() {
        assertThat(catchThrowableOfType(
                        ConfigurationException.class,
                        () -> SettingsLoader.of(Map.of(
                                "s3.bucket", "files",
                                "archives[0].name", "logs",
                                "archives[0].target.bucket", "files"))))
                .hasMessageContaining("archives[0].target.prefix");
    }

    /** Each would take files of the other. */
    @Test
    void localFoldersThatFilesAreTakenFromMustNotOverlap() {
        assertThat(problems("""
                        s3:
                          bucket: files
                        watches:
                          - {name: one, folder: /srv/in}
                          - {name: two, folder: /srv/in/deeper}
                        archives:
                          - {name: three, source: {folder: /srv}}
                          - {name: four, source: {folder: /var/batch}}
                          - {name: five, source: {folder: /var/spool/../batch/files}}
                          - {name: six, source: {folder: /var/batches}}
                        """))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("watches[1].folder", "must not overlap with watches[0].folder, /srv/in"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("archives[0].source.folder", "must not overlap with watches[0].folder, /srv/in"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("archives[2].source.folder", "must not overlap with archives[1].source.folder"))
                .noneSatisfy(problem -> assertThat(problem).contains("archives[3].source"));
    }

    @Test
    void manifestsThatWaitMustNotBeArchived() throws Exception {
        String archive = SMALLEST
                + "archives: [{name: logs, source: {bucket: files}, target: {bucket: archives}}]\n"
                + "manifest: {url: 'http://localhost:9200', fallbackBucket: %s}\n";
        assertThat(problems(archive.formatted("files")))
                .anySatisfy(problem ->
                        assertThat(problem).contains("manifest.fallbackBucket").contains("logs"));
        assertThat(load(archive.formatted("manifests")).settings().manifest().fallbackBucket())
                .isEqualTo("manifests");
    }

    @Test
    void rulesLeaveFilesToArchiveTasksOfBuckets() {
        assertThat(catchThrowableOfType(
                        ConfigurationException.class,
                        () -> SettingsLoader.of(Map.of(
                                "archives[0].name", "local",
                                "archives[0].source.folder", "/srv/batch",
                                "rules[0].name", "logs",
                                "rules[0].steps[0].action", "archive",
                                "rules[0].steps[0].task", "local",
                                "rules[1].name", "images",
                                "rules[1].steps[0].action", "archive",
                                "rules[1].steps[0].task", "missing"))))
                .hasMessageContaining(
                        "rules[0].steps[0].task is 'local': must be an archive task whose source is a bucket")
                .hasMessageContaining("rules[1].steps[0].task is 'missing': is not the name of an archive task");
    }

    @ParameterizedTest
    @CsvSource({"0B, 0", "1 KiB, 1024", "8MiB, 8388608", "2gib, 2147483648", "5 GB, 5000000000"})
    void sizesHaveUnits(String text, long bytes) {
        assertThat(DataSize.parse(text).bytes()).isEqualTo(bytes);
        assertThat(DataSize.parse(DataSize.parse(text).toString()).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8", "-1MiB", "8 Mi", "999999999999999TiB", "1.5GiB"})
    void sizesWithoutSenseAreRefused(String text) {
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> DataSize.parse(text)))
                .isNotNull();
    }
}
