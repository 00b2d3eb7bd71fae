package dev.slipway.app.config;

import dev.slipway.core.setting.Binder;
import dev.slipway.core.setting.ConfigNode;
import dev.slipway.core.setting.KeyPath;
import dev.slipway.core.setting.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads settings from their sources and checks them as a whole. */
public final class SettingsLoader {
    private SettingsLoader() {}

    /**
     * Valid settings.
     *
     * @param settings all of them
     * @param effective every setting that has a value, by its key, as text with secrets redacted
     * @param file the YAML file; null if there was none
     * @param secretsInFile the keys of the secrets that the file contains
     */
    public record Loaded(
            GatewaySettings settings,
            Map<String, String> effective,
            @Nullable Path file,
            List<String> secretsInFile) {}

    /**
     * Reads the file, overridden by the {@code SLIPWAY_} environment variables. Without a file, the variables of the
     * small service are read too: {@code AWS_S3_BUCKET_NAME}, {@code FTP_USER_LOGIN} and so on.
     *
     * @param file a YAML file, or null for none
     * @throws ConfigurationException with every problem
     */
    public static Loaded load(@Nullable Path file, Map<String, String> environment) throws ConfigurationException {
        List<Problem> problems = new ArrayList<>();
        ConfigNode.Mapping root =
                file == null ? ServiceEnvironment.read(environment, problems) : YamlSource.read(file, problems);
        if (root.values().isEmpty() && !problems.isEmpty()) {
            // Nothing could be read, so reporting missing settings would be noise.
            throw new ConfigurationException(problems);
        }
        EnvironmentSource.apply(environment, root, problems);
        return bind(root, file, problems);
    }

    /**
     * Settings of {@code slipway watch}.
     *
     * @param file the YAML file of the service that it replaces, or null for none
     * @param sources users and their folders, as on the command line
     * @throws ConfigurationException with every problem
     */
    public static Loaded loadWatch(@Nullable Path file, List<String> sources, Map<String, String> environment)
            throws ConfigurationException {
        List<Problem> problems = new ArrayList<>();
        ConfigNode.Mapping root = WatchService.read(file, sources, environment, problems);
        EnvironmentSource.apply(environment, root, problems);
        return bind(root, file, problems);
    }

    /**
     * Settings from a program.
     *
     * @param values by key as the reference shows it, such as {@code s3.bucket} or {@code accounts[0].name}; in any order
     * @throws ConfigurationException with every problem
     */
    public static Loaded of(Map<String, String> values) throws ConfigurationException {
        List<Problem> problems = new ArrayList<>();
        ConfigNode.Mapping root = new ConfigNode.Mapping("", new LinkedHashMap<>());
        KeyPath.setAll(root, values, problems);
        return bind(root, null, problems);
    }

    /**
     * One account from a program, which also checks the passwords of its accounts.
     *
     * @param values by key, without {@code accounts[0].} before it
     * @param bucket the bucket of mounts that name none; null if there is none
     * @throws ConfigurationException with every problem
     */
    public static GatewaySettings.Account account(Map<String, String> values, @Nullable String bucket)
            throws ConfigurationException {
        List<Problem> problems = new ArrayList<>();
        ConfigNode.Mapping root = new ConfigNode.Mapping("", new LinkedHashMap<>());
        KeyPath.setAll(root, values, problems);
        GatewaySettings.Account account = new Binder(problems).bind(GatewaySettings.Account.class, root);
        if (account != null) {
            if (bucket == null && account.mounts().isEmpty()) {
                problems.add(new Problem("", "mounts", null, "is required when s3.bucket is not set"));
            }
            new AccountChecks(bucket, problems).check("", account);
        }
        if (account == null || !problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return account;
    }

    private static Loaded bind(ConfigNode.Mapping root, @Nullable Path file, List<Problem> problems)
            throws ConfigurationException {
        Binder binder = new Binder(problems);
        GatewaySettings settings = binder.bind(GatewaySettings.class, root);
        if (settings != null) {
            binder.check(settings);
            SettingsChecks.check(settings, problems);
        }
        if (settings == null || !problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return new Loaded(settings, binder.effective(), file, file == null ? List.of() : binder.secretsOf(file + ":"));
    }
}
