package dev.slipway.app.config;

import dev.slipway.core.setting.ConfigNode;
import dev.slipway.core.setting.KeyPath;
import dev.slipway.core.setting.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The twelve variables of a small service that fetches the files of an SFTP server's folder into a bucket: incremental
 * runs in each minute but the last ones of an hour, full ones every two hours. They are only read without a configuration
 * file.
 */
final class PullEnvironment {
    private static final String PULL = "sftp";
    private static final String HOST_KEY = "SFTP_HOST_KEY";
    private static final String SERVICE = "S3_SERVICE";
    private static final String FOLDER = "S3_FOLDER_NAME";

    /** The settings that the variables set; those that need more than that set none. */
    private static final Map<String, String> KEYS = keys();

    /** They must be set, but may be empty. */
    private static final Set<String> MAY_BE_EMPTY = Set.of("SFTP_PORT", SERVICE, FOLDER);

    private PullEnvironment() {}

    private static Map<String, String> keys() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("SFTP_HOST", "remotes[0].host");
        keys.put("SFTP_PORT", "remotes[0].port");
        keys.put("SFTP_USER", "remotes[0].user");
        keys.put("SFTP_PASS", "remotes[0].password");
        keys.put("SFTP_FOLDER_NAME", "pulls[0].folder");
        keys.put("S3_ENDPOINT", "s3.endpoint");
        keys.put(SERVICE, "");
        keys.put("S3_BUCKET_NAME", "s3.bucket");
        keys.put(FOLDER, "pulls[0].target.prefix");
        keys.put("S3_REGION", "s3.region");
        keys.put("S3_ACCESS_KEY_ID", "s3.accessKey");
        keys.put("S3_SECRET_ACCESS_KEY", "s3.secretKey");
        return keys;
    }

    /** Whether somebody means this service: one of the variables that hardly anything else has is set. */
    static boolean isMeant(Map<String, String> environment) {
        return KEYS.keySet().stream()
                .filter(name -> name.startsWith("SFTP_") || name.endsWith("_NAME"))
                .anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
    }

    /** Converts the variables to settings. All missing ones are one problem. */
    static void read(Map<String, String> environment, ConfigNode.Mapping root, List<Problem> problems) {
        List<String> missing = new ArrayList<>();
        KEYS.forEach((variable, key) -> {
            String value = environment.getOrDefault(variable, "").strip();
            if (!value.isEmpty()) {
                set(root, variable, key, value, problems);
            } else if (!MAY_BE_EMPTY.contains(variable) || !environment.containsKey(variable)) {
                missing.add(variable);
            }
        });
        String hostKey = environment.getOrDefault(HOST_KEY, "").strip();
        if (hostKey.isEmpty()) {
            missing.add(HOST_KEY);
        } else {
            put(root, HOST_KEY, "remotes[0].hostKeys", hostKey, problems);
        }
        put(root, "SFTP_HOST", "remotes[0].name", PULL, problems);
        put(root, "SFTP_HOST", "pulls[0].name", PULL, problems);
        put(root, "SFTP_HOST", "pulls[0].remote", PULL, problems);
        // As the service did.
        put(root, "SFTP_HOST", "pulls[0].incremental", "1-56 * * * *", problems);
        put(root, "SFTP_HOST", "pulls[0].full", "0 */2 * * *", problems);
        if (!missing.isEmpty()) {
            problems.add(new Problem(
                    "",
                    missing.size() == 1 ? "an environment variable is not set" : "environment variables are not set",
                    null,
                    String.join(", ", missing) + ". Set all of " + String.join(", ", KEYS.keySet()) + " and " + HOST_KEY
                            + " (the server's public key, or its fingerprint as printed by ssh-keyscan HOST |"
                            + " ssh-keygen -lf -); SFTP_PORT, S3_SERVICE and S3_FOLDER_NAME may be empty"));
            // One message about them is enough: stand-ins keep the checks from reporting them again.
            missing.stream()
                    .filter(variable -> !MAY_BE_EMPTY.contains(variable))
                    .forEach(variable -> put(
                            root,
                            variable,
                            variable.equals(HOST_KEY) ? "remotes[0].hostKeys" : KEYS.getOrDefault(variable, ""),
                            standIn(variable),
                            problems));
        }
    }

    private static String standIn(String variable) {
        return switch (variable) {
            case HOST_KEY -> "SHA256:" + "A".repeat(43);
            case "S3_ENDPOINT" -> "https://missing";
            default -> "missing";
        };
    }

    private static void set(
            ConfigNode.Mapping root, String variable, String key, String value, List<Problem> problems) {
        switch (variable) {
            case SERVICE -> {
                if (!value.equals("s3")) {
                    problems.add(new Problem(
                            "",
                            "environment variable " + SERVICE,
                            value,
                            "must be s3, the service in S3's signatures"));
                }
            }
            case FOLDER -> {
                String prefix = value.replaceAll("^/+|/+$", "");
                if (!prefix.isEmpty()) {
                    put(root, variable, key, prefix + "/", problems);
                }
            }
            case "S3_ENDPOINT" ->
                put(root, variable, key, value.contains("://") ? value : "https://" + value, problems);
            default -> put(root, variable, key, value, problems);
        }
    }

    private static void put(
            ConfigNode.Mapping root, String variable, String key, String value, List<Problem> problems) {
        KeyPath.set(root, key, value, "environment variable " + variable, problems);
    }
}
