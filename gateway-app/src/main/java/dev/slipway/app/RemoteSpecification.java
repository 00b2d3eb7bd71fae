package dev.slipway.app;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A server that files are pushed to over SSH, as a program describes it. What is not said here has the default of the
 * configuration's {@code remotes[]}. Values are checked when the gateway starts. Not safe for use by several threads.
 */
public final class RemoteSpecification {
    private final Map<String, String> settings = new LinkedHashMap<>();
    private int hostKeys;
    private int folders;

    private RemoteSpecification(String name) {
        settings.put("name", name);
    }

    /**
     * A remote at port 22.
     *
     * @param name letters, digits, {@code .}, {@code -} and {@code _}
     * @param host its address or host name
     * @param user the user to log in as
     */
    public static RemoteSpecification of(String name, String host, String user) {
        return new RemoteSpecification(name).with("host", host).with("user", user);
    }

    private RemoteSpecification with(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** The port of its SSH server, 1 to 65535. */
    public RemoteSpecification port(int port) {
        return with("port", String.valueOf(port));
    }

    /** Logs in with a password. */
    public RemoteSpecification password(String password) {
        return with("password", password);
    }

    /** Logs in with a private key. */
    public RemoteSpecification key(String pem) {
        return with("key", pem);
    }

    /** Logs in with an encrypted private key. */
    public RemoteSpecification key(String pem, String passphrase) {
        return with("key", pem).with("passphrase", passphrase);
    }

    /**
     * Adds an accepted host key; at least one is needed.
     *
     * @param key a public key ({@code ssh-ed25519 AAAA...}), a fingerprint ({@code SHA256:...}), or
     *     {@code @cert-authority ssh-ed25519 AAAA...}
     */
    public RemoteSpecification hostKey(String key) {
        return with("hostKeys[" + hostKeys++ + "]", key);
    }

    /** Adds a folder that may be written to. Without any, only administrators may push there. */
    public RemoteSpecification folder(String path) {
        return with("folders[" + folders++ + "]", path);
    }

    /** By the keys of a remote in the configuration. */
    Map<String, String> settings() {
        return settings;
    }

    /** Without the credentials. */
    @Override
    public String toString() {
        return "remote " + settings.get("name");
    }
}
