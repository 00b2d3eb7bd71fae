package dev.slipway.app.config;

import dev.slipway.core.setting.ConfigNode;
import dev.slipway.core.setting.KeyPath;
import dev.slipway.core.setting.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The variables of small services that run in containers: the seven of one between FTP and S3, which are all that a
 * gateway for one bucket and one login needs, those of one that takes orders from a RabbitMQ queue, and those of one that
 * fetches files from an SFTP server (see {@link PullEnvironment}), and those of one that stores local folders, as they are or in archives. They are only
 * read without a configuration file.
 */
final class ServiceEnvironment {
    private static final Map<String, String> KEYS = keys();

    private static final Map<String, String> BROKER_KEYS = brokerKeys();

    private static final Map<String, String> REMOTE_KEYS = remoteKeys();

    private static final String SYNC_FOLDER = "S3_SYNC_BUCKETS_FOLDER";
    private static final String BATCH_FOLDER = "S3_BATCH_BUCKETS_FOLDER";
    private static final String BATCH_SIZE = "MAX_BATCH_SIZE_MB";
    private static final String MANIFEST_HOST = "ELASTICSEARCH_LOGS_HOST";
    private static final String MANIFEST_PORT = "ELASTICSEARCH_LOGS_PORT";
    private static final String MANIFEST_FALLBACK = "MANIFEST_FALLBACK_BUCKET";
    private static final String SESSION_TOKEN = "AWS_SESSION_TOKEN";
    private static final String BROKER = "RABBITMQ_HOST";
    private static final String PREFETCH = "RABBITMQ_PREFETCH_COUNT";
    private static final String REMOTE = "SSH_HOST";
    private static final String FREE_SPACE = "SSH_FREE_SPACE_PERCENTAGE";

    private static final String SYSLOG = "RSYSLOG_HOST";
    private static final String SYSLOG_PORT = "RSYSLOG_PORT";

    private ServiceEnvironment() {}

    private static Map<String, String> brokerKeys() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put(BROKER, "amqp.host");
        keys.put("RABBITMQ_PORT", "amqp.port");
        keys.put("RABBITMQ_TLS", "amqp.tls");
        keys.put("RABBITMQ_VHOST", "amqp.virtualHost");
        keys.put("RABBITMQ_USERNAME", "amqp.username");
        keys.put("RABBITMQ_PASSWORD", "amqp.password");
        keys.put("RABBITMQ_QUEUE", "amqp.queue");
        keys.put(PREFETCH, "amqp.prefetchCount");
        keys.put("RABBITMQ_OUTCOME_EXCHANGE", "amqp.outcomeExchange");
        keys.put("RABBITMQ_OUTCOME_ROUTING_KEY", "amqp.outcomeRoutingKey");
        return keys;
    }

    private static Map<String, String> keys() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("AWS_ACCESS_KEY_ID", "s3.accessKey");
        keys.put("AWS_SECRET_ACCESS_KEY", "s3.secretKey");
        keys.put("AWS_S3_BUCKET_REGION", "s3.region");
        keys.put("AWS_S3_BUCKET_HOST", "s3.endpoint");
        keys.put("AWS_S3_BUCKET_NAME", "s3.bucket");
        keys.put("FTP_USER_LOGIN", "accounts[0].name");
        keys.put("FTP_USER_PASSWORD", "accounts[0].password");
        return keys;
    }

    private static Map<String, String> remoteKeys() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put(REMOTE, "remotes[0].host");
        keys.put("SSH_PORT", "remotes[0].port");
        keys.put("SSH_USER", "remotes[0].user");
        keys.put("SSH_PASSWORD", "remotes[0].password");
        keys.put("SSH_HOST_KEY", "remotes[0].hostKeys");
        keys.put("SSH_FILE_SYSTEM", "remotes[0].fileSystem");
        return keys;
    }

    /** The remote named ssh, and its free space percentage, which is required but may be empty. */
    private static void readRemote(Map<String, String> environment, ConfigNode.Mapping root, List<Problem> problems) {
        boolean isThere = isSet(environment, REMOTE) && !PullEnvironment.isMeant(environment);
        if (isThere) {
            set(root, REMOTE, "remotes[0].name", "ssh", problems);
            REMOTE_KEYS.forEach((variable, key) -> {
                if (isSet(environment, variable)) {
                    set(root, variable, key, environment.getOrDefault(variable, ""), problems);
                }
            });
            if (!isSet(environment, "SSH_HOST_KEY")) {
                problems.add(new Problem(
                        "",
                        "environment variable SSH_HOST_KEY",
                        null,
                        "is required with SSH_HOST: the server's public key, or its fingerprint as printed by"
                                + " ssh-keyscan HOST | ssh-keygen -lf -. Without it, any server that answers"
                                + " could take the files"));
                // One message is enough.
                set(root, "SSH_HOST_KEY", "remotes[0].hostKeys", "SHA256:" + "A".repeat(43), problems);
            }
            if (!environment.containsKey(FREE_SPACE)) {
                problems.add(new Problem(
                        "",
                        "environment variable " + FREE_SPACE,
                        null,
                        "is required with SSH_HOST; leave it empty if free space does not matter"));
            }
        }
        if (isSet(environment, FREE_SPACE) && (isThere || isSet(environment, BROKER))) {
            set(root, FREE_SPACE, "transfer.freeSpacePercentage", environment.getOrDefault(FREE_SPACE, ""), problems);
        }
    }

    /**
     * Converts the variables to settings. All seven of the first service are required, unless accounts come from {@code
     * SLIPWAY_} variables and none of the five that only this service has is set, or orders come from a queue and no
     * logins are configured.
     */
    static ConfigNode.Mapping read(Map<String, String> environment, List<Problem> problems) {
        ConfigNode.Mapping root = new ConfigNode.Mapping("environment", new LinkedHashMap<>());
        // Containers publish ports one by one.
        setDefault(root, "ftps.passivePorts", "8022-8042", problems);
        boolean isConfiguredOtherwise =
                environment.keySet().stream().anyMatch(name -> name.startsWith("SLIPWAY_ACCOUNTS_"));
        boolean isMeant = KEYS.keySet().stream()
                .filter(name -> name.startsWith("AWS_S3_BUCKET_") || name.startsWith("FTP_USER_"))
                .anyMatch(name -> isSet(environment, name));
        readRemote(environment, root, problems);
        if (isSet(environment, SYSLOG)) {
            set(root, SYSLOG, "log.syslogHost", environment.getOrDefault(SYSLOG, ""), problems);
            if (isSet(environment, SYSLOG_PORT)) {
                set(root, SYSLOG_PORT, "log.syslogPort", environment.getOrDefault(SYSLOG_PORT, ""), problems);
            }
        }
        boolean takesOrders = isSet(environment, BROKER);
        if (takesOrders) {
            BROKER_KEYS.forEach((variable, key) -> {
                // Kubernetes sets RABBITMQ_PORT to a URL if there is a service of that name.
                if (isSet(environment, variable)
                        && !environment.getOrDefault(variable, "").matches("\\w+://.*")) {
                    set(root, variable, key, environment.getOrDefault(variable, ""), problems);
                }
            });
            // The messages that it had not acknowledged were the transfers under way, and failed ones were rejected.
            if (isSet(environment, PREFETCH)) {
                set(root, PREFETCH, "amqp.jobsAtOnce", environment.getOrDefault(PREFETCH, ""), problems);
            }
            set(root, BROKER, "amqp.deadLetters", "true", problems);
        }
        boolean pulls = PullEnvironment.isMeant(environment);
        if (pulls) {
            PullEnvironment.read(environment, root, problems);
            if (isSet(environment, REMOTE)) {
                problems.add(new Problem(
                        "",
                        "environment variable " + REMOTE,
                        null,
                        "cannot be used together with SFTP_HOST; write a configuration file for both"));
            }
        }
        boolean syncs = isSet(environment, SYNC_FOLDER);
        if (syncs) {
            readSync(environment, root, problems);
        }
        boolean batches = isSet(environment, BATCH_FOLDER);
        if (batches) {
            readBatch(environment, root, problems);
        }
        if (syncs || batches) {
            readStore(environment, root, problems);
        }
        if (!isMeant && (isConfiguredOtherwise || takesOrders || pulls || syncs || batches)) {
            return root;
        }
        boolean hasNoLogin =
                takesOrders && !isSet(environment, "FTP_USER_LOGIN") && !isSet(environment, "FTP_USER_PASSWORD");
        List<String> missing = new ArrayList<>();
        KEYS.forEach((variable, key) -> {
            String value = environment.getOrDefault(variable, "");
            if (value.isBlank() && hasNoLogin && variable.startsWith("FTP_USER_")) {
                return;
            }
            if (value.isBlank()) {
                missing.add(variable);
            } else {
                set(root, variable, key, value, problems);
            }
        });
        if (isSet(environment, SESSION_TOKEN)) {
            set(root, SESSION_TOKEN, "s3.sessionToken", environment.getOrDefault(SESSION_TOKEN, ""), problems);
        }
        // That service spoke implicit TLS in some of its versions, and explicit TLS in others.
        setDefault(root, "ftps.detectImplicitTls", "true", problems);
        if (!missing.isEmpty()) {
            problems.add(new Problem(
                    "",
                    missing.size() == 1 ? "an environment variable is not set" : "environment variables are not set",
                    null,
                    String.join(", ", missing) + ". Set all of " + String.join(", ", KEYS.keySet())
                            + ", or name a file with --config or SLIPWAY_CONFIG"));
            // One message about them is enough: stand-ins keep the checks from reporting them again.
            for (String variable : missing) {
                String key = Objects.requireNonNull(KEYS.get(variable));
                set(root, variable, key, key.equals("s3.endpoint") ? "https://missing" : "missing", problems);
            }
        }
        return root;
    }

    /** A folder whose folders are named as the buckets that their files are stored in, and then removed. */
    private static void readSync(Map<String, String> environment, ConfigNode.Mapping root, List<Problem> problems) {
        set(root, SYNC_FOLDER, "watches[0].name", "sync", problems);
        set(root, SYNC_FOLDER, "watches[0].folder", environment.getOrDefault(SYNC_FOLDER, ""), problems);
        set(root, SYNC_FOLDER, "watches[0].bucketFolders", "true", problems);
        set(root, SYNC_FOLDER, "watches[0].afterwards", "delete", problems);
    }

    /** A folder whose folders are named as the buckets that archives of their files are stored in. */
    private static void readBatch(Map<String, String> environment, ConfigNode.Mapping root, List<Problem> problems) {
        set(root, BATCH_FOLDER, "archives[0].name", "batch", problems);
        set(root, BATCH_FOLDER, "archives[0].source.folder", environment.getOrDefault(BATCH_FOLDER, ""), problems);
        // All files that are closed, without waiting for others.
        set(root, BATCH_FOLDER, "archives[0].schedule", "*/10 * * * *", problems);
        set(root, BATCH_FOLDER, "archives[0].maxAge", "0s", problems);
        if (isSet(environment, BATCH_SIZE)) {
            String size = environment.getOrDefault(BATCH_SIZE, "").strip();
            set(root, BATCH_SIZE, "archives[0].maxSize", size.matches("\\d+") ? size + "MiB" : size, problems);
        }
        String host = environment.getOrDefault(MANIFEST_HOST, "").strip();
        String port = environment.getOrDefault(MANIFEST_PORT, "").strip();
        // Kubernetes sets it to a URL if there is a service of that name.
        boolean hasPort = !port.isEmpty() && !port.matches("\\w+://.*");
        if (!host.isEmpty()) {
            set(root, MANIFEST_HOST, "manifest.url", manifestUrl(host, hasPort ? port : ""), problems);
        } else if (hasPort) {
            problems.add(new Problem(
                    "",
                    "environment variable " + MANIFEST_HOST,
                    null,
                    "is required with " + MANIFEST_PORT + ": the host of the Elasticsearch or OpenSearch server"));
        }
        if (isSet(environment, MANIFEST_FALLBACK)) {
            String bucket = environment.getOrDefault(MANIFEST_FALLBACK, "");
            set(root, MANIFEST_FALLBACK, "manifest.fallbackBucket", bucket, problems);
        }
    }

    /** @param host may have a scheme, a port of its own, and a path */
    private static String manifestUrl(String host, String port) {
        String rest = host.replaceFirst("^\\w+://", "").replaceFirst("/+$", "");
        String authority = rest.replaceFirst("/.*$", "");
        String path = rest.substring(authority.length());
        boolean isAddress = authority.matches("[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
        String scheme = host.contains("://") ? host.substring(0, host.indexOf("://") + 3) : "http://";
        String name = isAddress ? "[" + authority + "]" : authority;
        boolean hasPort = name.matches(".*:\\d+");
        return scheme + name + (hasPort && port.isEmpty() ? "" : ":" + (port.isEmpty() ? "9200" : port)) + path;
    }

    /** The variables of the AWS tools that say where the store is. */
    private static void readStore(Map<String, String> environment, ConfigNode.Mapping root, List<Problem> problems) {
        for (String variable : List.of("AWS_REGION", "AWS_DEFAULT_REGION")) {
            if (isSet(environment, variable)) {
                set(root, variable, "s3.region", environment.getOrDefault(variable, ""), problems);
                break;
            }
        }
        if (isSet(environment, "AWS_ENDPOINT_URL")) {
            set(root, "AWS_ENDPOINT_URL", "s3.endpoint", environment.getOrDefault("AWS_ENDPOINT_URL", ""), problems);
        }
    }

    private static void setDefault(ConfigNode.Mapping root, String key, String value, List<Problem> problems) {
        KeyPath.set(root, key, value, "the default without a configuration file", problems);
    }

    private static boolean isSet(Map<String, String> environment, String variable) {
        return !environment.getOrDefault(variable, "").isBlank();
    }

    private static void set(
            ConfigNode.Mapping root, String variable, String key, String value, List<Problem> problems) {
        String text = variable.equals("AWS_S3_BUCKET_HOST") && !value.contains("://") ? "https://" + value : value;
        KeyPath.set(root, key, text, "environment variable " + variable, problems);
    }
}
