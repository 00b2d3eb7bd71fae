package dev.slipway.app.log;

import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Operation;
import dev.slipway.core.event.Origin;
import dev.slipway.core.event.StoredObject;
import dev.slipway.core.event.UserCertificate;
import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line for every login, failed login, refused session, logout, admin command, file operation, job that has
 * ended and message that was refused to the logger {@code audit}, at level INFO. The message is the whole text of the
 * line, for any logging library; the one argument of the logging call is an object whose {@code toString} is that text.
 */
public final class AuditLog {
    /** The logger's name. */
    public static final String LOGGER = "audit";

    private static final Logger audit = LoggerFactory.getLogger(LOGGER);

    /** Anybody can log in with a name of any length, again and again. No account has a longer one than this. */
    private static final int LONGEST_NAME = 255;

    private AuditLog() {}

    /** Logs all events from now on. */
    public static void follow(Events events) {
        events.subscribe(event -> audit.info("{}", entry(event)));
    }

    static AuditEntry entry(GatewayEvent event) {
        return switch (event) {
            case GatewayEvent.LoggedIn login -> with(login.certificate(), entry("login", login.client()));
            case GatewayEvent.LoginFailed failed ->
                entry("login-failed", Origin.of(failed.protocol()), failed.address(), failed.account())
                        .with("method", show(failed.method()));
            case GatewayEvent.SessionRefused refused ->
                entry("session-refused", Origin.of(refused.protocol()), refused.address(), refused.account());
            case GatewayEvent.LoggedOut over ->
                entry("logout", over.client()).with("ms", over.lasted().toMillis());
            case GatewayEvent.ApiCalled call ->
                new AuditEntry("api")
                        .with("caller", shortened(call.caller()))
                        .with("address", call.address().getHostAddress())
                        .with("method", call.method())
                        .with("path", call.path())
                        .with("status", call.status())
                        .with("ms", call.took().toMillis());
            case GatewayEvent.CommandRun run -> {
                Client client = run.client();
                yield (client == null
                                ? new AuditEntry("command")
                                        .with("protocol", "local")
                                        .with("user", run.user())
                                : entry("command", client))
                        .with("command", run.command())
                        .with("status", run.status())
                        .with("ms", run.took().toMillis());
            }
            case GatewayEvent.Uploaded upload ->
                with(
                        upload.object(),
                        succeeded(upload)
                                .with("bytes", upload.bytes())
                                .with("ms", upload.took().toMillis()));
            case GatewayEvent.Downloaded download ->
                succeeded(download)
                        .with("bytes", download.bytes())
                        .with("ms", download.took().toMillis());
            case GatewayEvent.Renamed renamed ->
                succeeded(renamed).with("to", renamed.to().toString());
            case GatewayEvent.Copied copied ->
                succeeded(copied).with("to", copied.to().toString());
            case GatewayEvent.Done done -> succeeded(done);
            case GatewayEvent.Failed failed ->
                entry(failed)
                        .with("outcome", "failed")
                        .with("failure", show(failed.failure()))
                        .with("reason", failed.message());
            case GatewayEvent.JobEnded ended -> entry(ended);
            case GatewayEvent.MessageRefused refused ->
                new AuditEntry("message")
                        .with("outcome", "failed")
                        .with("queue", refused.queue())
                        .with("correlation", refused.correlation())
                        .with("reason", refused.reason());
            case GatewayEvent.Scanned scanned -> entry(scanned);
            case GatewayEvent.Quarantined moved ->
                entry("quarantine", moved.client())
                        .with("uploader", shortened(moved.account()))
                        .with("reason", moved.signature())
                        .with("path", moved.path().toString())
                        .with("to", moved.to().toString());
        };
    }

    private static AuditEntry entry(GatewayEvent.Scanned scanned) {
        Client client = scanned.client();
        AuditEntry entry =
                client == null ? new AuditEntry("scan").with("account", scanned.account()) : entry("scan", client);
        AuditEntry result = entry.with("path", scanned.path().toString())
                .with("outcome", scanned.accepted() ? "ok" : "failed")
                .with("result", show(scanned.result()));
        return scanned.detail().isEmpty() ? result : result.with("reason", scanned.detail());
    }

    /** What the store did not tell is left out. */
    private static AuditEntry with(StoredObject object, AuditEntry entry) {
        AuditEntry located = entry.with("bucket", object.bucket()).with("key", object.key());
        AuditEntry tagged = object.etag().isEmpty() ? located : located.with("etag", object.etag());
        return object.versionId() == null ? tagged : tagged.with("version", object.versionId());
    }

    private static AuditEntry with(@Nullable UserCertificate certificate, AuditEntry entry) {
        return certificate == null
                ? entry
                : entry.with("certificate", certificate.id())
                        .with("serial", certificate.serial())
                        .with("authority", certificate.authority());
    }

    private static AuditEntry entry(GatewayEvent.JobEnded ended) {
        return new AuditEntry("job")
                .with("outcome", ended.succeeded() ? "ok" : "failed")
                .with("job", ended.job())
                .with("state", ended.state().toLowerCase(Locale.ROOT))
                .with("bytes", ended.bytes())
                .with("ms", ended.took().toMillis())
                .with("attempts", ended.attempts())
                .with("submitter", ended.submitter())
                .with("correlation", ended.correlation())
                .with("source", ended.source())
                .with("to", ended.destination())
                .with("reason", ended.message());
    }

    private static AuditEntry succeeded(GatewayEvent.FileEvent event) {
        return entry(event).with("outcome", "ok");
    }

    private static AuditEntry entry(GatewayEvent.FileEvent event) {
        return entry(show(event.operation()), event.client())
                .with("path", event.path().toString());
    }

    private static AuditEntry entry(String event, Client client) {
        return entry(event, client.origin(), client.address(), client.account()).with("session", client.session());
    }

    /** Values chosen by clients come last. */
    private static AuditEntry entry(String event, Origin origin, InetAddress address, String account) {
        return new AuditEntry(event)
                .with("protocol", show(origin))
                .with("address", address.getHostAddress())
                .with("account", shortened(account));
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "...";
    }

    private static String show(Operation operation) {
        return switch (operation) {
            case MAKE_DIRECTORY -> "mkdir";
            case REMOVE_DIRECTORY -> "rmdir";
            default -> show((Enum<?>) operation);
        };
    }

    private static String show(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
