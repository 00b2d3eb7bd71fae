package dev.slipway.app.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The seven variables of a small FTP-to-S3 service that people run in containers: a gateway for one bucket and one
 * login needs nothing else. They count only where there is no configuration file.
 */
final class ServiceEnvironment {
    private static final Map<String, String> KEYS = keys();

    private ServiceEnvironment() {}

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

    /**
     * The settings that the variables stand for. All seven are needed, unless accounts come from {@code SLIPWAY_}
     * variables and none of the five that only this service has is set.
     */
    static ConfigNode.Mapping read(Map<String, String> environment, List<Problem> problems) {
        ConfigNode.Mapping root = new ConfigNode.Mapping("environment", new LinkedHashMap<>());
        boolean isConfiguredOtherwise =
                environment.keySet().stream().anyMatch(name -> name.startsWith("SLIPWAY_ACCOUNTS_"));
        boolean isMeant = KEYS.keySet().stream()
                .filter(name -> name.startsWith("AWS_S3_BUCKET_") || name.startsWith("FTP_USER_"))
                .anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
        if (!isMeant && isConfiguredOtherwise) {
            return root;
        }
        List<String> missing = new ArrayList<>();
        KEYS.forEach((variable, key) -> {
            String value = environment.getOrDefault(variable, "");
            if (value.isBlank()) {
                missing.add(variable);
            } else {
                set(root, variable, key, value, problems);
            }
        });
        if (!missing.isEmpty()) {
            problems.add(new Problem(
                    "",
                    missing.size() == 1 ? "an environment variable is not set" : "environment variables are not set",
                    null,
                    String.join(", ", missing) + ". Set all of " + String.join(", ", KEYS.keySet())
                            + ", or name a file with --config"));
            // One message about them is enough: stand-ins keep the checks from reporting them again.
            for (String variable : missing) {
                String key = Objects.requireNonNull(KEYS.get(variable));
                set(root, variable, key, key.equals("s3.endpoint") ? "https://missing" : "missing", problems);
            }
        }
        return root;
    }

    private static void set(
            ConfigNode.Mapping root, String variable, String key, String value, List<Problem> problems) {
        String text = variable.equals("AWS_S3_BUCKET_HOST") && !value.contains("://") ? "https://" + value : value;
        KeyPath.set(root, key, text, "environment variable " + variable, problems);
    }
}
