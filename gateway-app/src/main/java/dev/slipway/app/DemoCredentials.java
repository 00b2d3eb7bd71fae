package dev.slipway.app;

import dev.slipway.app.keys.PrivateFiles;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of a demo, kept in its data folder so that they survive restarts. {@code toString} shows them: a demo
 * prints them anyway.
 *
 * @param user the login's name for FTPS and SFTP
 * @param password the login's password
 * @param accessKey the embedded store's access key
 * @param secretKey the embedded store's secret key
 */
record DemoCredentials(String user, String password, String accessKey, String secretKey) {
    /** Without characters that look alike, or that need quoting in a shell or a URL. */
    private static final String ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

    /**
     * Reads existing credentials, and generates missing ones.
     *
     * @param user replaces the previous one; null to keep it
     * @param password replaces the previous one; null to keep it
     */
    static DemoCredentials openOrCreate(Path file, @Nullable String user, @Nullable String password)
            throws IOException {
        Properties known = new Properties();
        if (Files.exists(file)) {
            try {
                known.load(new StringReader(Files.readString(file)));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + " is damaged; delete it to get new credentials", e);
            }
        }
        DemoCredentials credentials = new DemoCredentials(
                user == null ? known.getProperty("user", "demo") : user,
                password == null ? known.getProperty("password", random(16)) : password,
                known.getProperty("accessKey", "demo-" + random(8)),
                known.getProperty("secretKey", random(32)));
        PrivateFiles.writeSecret(file, credentials.format());
        return credentials;
    }

    private String format() {
        return "# The logins of this demo. Delete the file to get new ones.\n"
                + line("user", user)
                + line("password", password)
                + line("accessKey", accessKey)
                + line("secretKey", secretKey);
    }

    /** Escaped as {@link Properties#load} reads it: a blank at the start, backslashes, and nothing else, in one line. */
    private static String line(String key, String value) {
        return key + "=" + value.replace("\\", "\\\\").replaceFirst("^ ", "\\\\ ") + "\n";
    }

    private static String random(int length) {
        return new SecureRandom()
                .ints(length, 0, ALPHABET.length())
                .collect(
                        StringBuilder::new, (text, index) -> text.append(ALPHABET.charAt(index)), StringBuilder::append)
                .toString();
    }
}
