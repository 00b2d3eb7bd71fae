package dev.slipway.transfer.push;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.ObjectFileSystems.Location;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.push.SealedOrder.SealedRemote;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteSpace;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pushes of objects of the gateway's store. */
@SuppressWarnings("exports") // only Slipway itself calls it
public final class ObjectPushes implements Pushes, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ObjectPushes.class);

    private final Sources sources;
    private final Remotes remotes;
    private final RemoteClient client;
    private final SecretBox secrets;
    private final PushSettings settings;
    private final Function<String, Optional<Account>> accounts;
    private final InstantSource clock = InstantSource.system();
    private final SentTable sent;
    private final PushRights rights;

    @GuardedBy("this")
    private @Nullable Jobs jobs;

    /**
     * Accepts orders once {@link #attach} has been called.
     *
     * @param client remains the caller's
     * @param database stores digests, and what was sent; remains the caller's
     * @param accounts finds accounts that may currently log in
     */
    public ObjectPushes(
            StateDatabase database,
            ObjectSources store,
            Remotes remotes,
            RemoteClient client,
            SecretBox secrets,
            PushSettings settings,
            Function<String, Optional<Account>> accounts) {
        this.sources = new Sources(
                store, new AttributeTable(database), settings, new StoreReachability(InstantSource.system()));
        this.sent = new SentTable(database);
        this.remotes = remotes;
        this.client = client;
        this.secrets = secrets;
        this.settings = settings;
        this.accounts = accounts;
        this.rights = new PushRights(accounts);
    }

    /** The job kinds of pushes, for the engine. */
    public List<JobKind> kinds() {
        return List.of(
                new PushKind(sources, remotes, client, secrets, settings, sent, rights),
                new PushBatchKind(sources, sent, remotes, rights, this::jobs));
    }

    /** Sets the job engine. */
    public synchronized void attach(Jobs engine) {
        this.jobs = engine;
    }

    private synchronized Jobs jobs() {
        if (jobs == null) {
            throw new IllegalStateException("the jobs are not attached");
        }
        return jobs;
    }

    @Override
    public Job submit(PushOrder order) throws PushOrderException {
        Destination destination = Destination.parse(order.destination(), order.remote() == null);
        Remote remote = remote(order, destination);
        if (order.remote() == null) {
            refuse(rights.problem(order.authority(), remote));
        }
        refuse(PushRights.problem(remote, destination.path()));
        SourceName source = source(order);
        String id = order.id() == null ? UUID.randomUUID().toString() : order.id();
        String sealed = null;
        if (source.url() != null || order.remote() != null) {
            sealed = secrets.seal(
                    PushKind.context(id),
                    StoredJson.write(new SealedOrder(
                            source.url() == null ? null : source.url().toString(),
                            order.headers(),
                            order.remote() == null ? null : SealedRemote.of(order.remote()))));
        } else if (!order.headers().isEmpty()) {
            throw new PushOrderException("headers are only allowed with a URL, not with the object " + order.source());
        }
        boolean many = source.pattern() != null;
        if (!many
                && (order.newer()
                        || !order.include().isEmpty()
                        || !order.exclude().isEmpty())) {
            throw new PushOrderException(
                    "include, exclude and newer require a prefix or a pattern, not the single object "
                            + order.source());
        }
        if (!many && order.allowEmpty()) {
            throw new PushOrderException(
                    "allow-empty requires a prefix or a pattern, not the single object " + order.source());
        }
        if (many && (order.versionId() != null || order.etag() != null)) {
            throw new PushOrderException("a version requires a single object, not " + order.source());
        }
        if (source.url() != null && order.etag() != null) {
            throw new PushOrderException("an ETag requires an object, not a URL");
        }
        if (many && order.remote() != null) {
            throw new PushOrderException("several objects can only be pushed to a named remote");
        }
        PushRequest request = new PushRequest(
                source.bucket(),
                source.key(),
                source.pattern(),
                order.versionId(),
                order.etag(),
                source.url() == null ? null : UrlSource.describe(source.url()),
                sealed,
                destination.path(),
                source.name(),
                false,
                order.include(),
                order.exclude(),
                order.newer() ? place(source, remote, destination) : null,
                order.overwrite(),
                order.makeFolders(),
                order.mode(),
                order.authority().toString(),
                order.allowEmpty());
        if (order.id() == null || jobs().find(id).isEmpty()) {
            requireFile(order.source(), source);
        }
        Instant deadline = order.deadline();
        if (deadline == null && settings.deadline() != null) {
            deadline = clock.instant().plus(settings.deadline());
        }
        NewJob wanted = new NewJob(
                id,
                many ? PushBatchKind.NAME : PushKind.NAME,
                StoredJson.write(request),
                remote.name(),
                source.url() == null ? order.source() : UrlSource.describe(source.url()),
                remote.name() + ":" + destination.path(),
                order.priority(),
                deadline,
                order.submitter(),
                order.correlation(),
                null);
        Set<Resource> taken = new HashSet<>(wanted.resources());
        taken.addAll(order.resources());
        Job job = jobs().submit(wanted.taking(taken).retrying(order.retries().or(settings.retries())));
        if (order.id() != null) {
            requireSame(wanted, request, job);
        }
        return job;
    }

    /** A job that has the id of an order must have come from the same one. */
    private void requireSame(NewJob wanted, PushRequest request, Job job) throws PushOrderException {
        List<String> differences = SameOrder.differences(wanted, request, job.wanted(), secrets);
        if (!differences.isEmpty()) {
            throw PushOrderException.conflict("the id " + job.id() + " belongs to another order, with another "
                    + String.join(" and ", differences) + "; a new order needs a new id");
        }
    }

    /** Somebody who names one file as an account sees it is told at once if it is not there. */
    private void requireFile(String text, SourceName source) throws PushOrderException {
        if (!SourceNames.isOfAccount(text) || source.pattern() != null) {
            return;
        }
        try {
            if (sources.store()
                            .head(new ObjectKey(source.bucket(), source.key()), null)
                            .isEmpty()
                    && ObjectSource.bucketProblem(sources.store(), source.bucket())
                            .isEmpty()) {
                throw new PushOrderException("no such file: " + text.substring(text.indexOf('@') + 1));
            }
        } catch (StoreException e) {
            log.debug("The job finds out whether {} exists", text, e);
        }
    }

    private static void refuse(Optional<String> problem) throws PushOrderException {
        if (problem.isPresent()) {
            throw new PushOrderException(problem.get());
        }
    }

    /** Identifies the source and destination of an order for newer objects. */
    private static String place(SourceName source, Remote remote, Destination destination) {
        String text = String.join("\n", source.bucket(), source.key(), remote.name(), destination.path());
        return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private Remote remote(PushOrder order, Destination destination) throws PushOrderException {
        if (order.remote() != null) {
            return order.remote();
        }
        return find(String.valueOf(destination.remote()));
    }

    private Remote find(String name) throws PushOrderException {
        return remotes.find(name)
                .orElseThrow(() -> new PushOrderException("no such remote: '" + name + "'; "
                        + (remotes.all().isEmpty()
                                ? "there are none yet: add one with 'remote add'"
                                : "the remotes are "
                                        + String.join(
                                                ", ",
                                                remotes.all().stream()
                                                        .map(Remote::name)
                                                        .toList()))));
    }

    /**
     * The meaning of an order's source.
     *
     * @param pattern null for one object or URL
     */
    private record SourceName(
            String bucket,
            String key,
            @Nullable String pattern,
            @Nullable URI url,
            String name) {}

    private SourceName source(PushOrder order) throws PushOrderException {
        String text = order.source();
        if (text.startsWith("https://") || text.startsWith("http://")) {
            SourceName source = urlSource(text);
            Optional<String> problem = settings.sources().problem(Objects.requireNonNull(source.url()));
            if (problem.isPresent()) {
                throw new PushOrderException(problem.get());
            }
            return source;
        }
        if (SourceNames.isOfAccount(text)) {
            int account = text.indexOf("@/");
            Location place = place(text.substring(0, account), text.substring(account + 1));
            return objectSource(place.bucket(), place.key(), text);
        }
        int colon = text.indexOf(':');
        if (colon <= 0) {
            throw new PushOrderException("the source '" + text
                    + "' must be BUCKET:KEY, ACCOUNT@/PATH or a URL; a prefix ends with '/', a pattern has '*' or '?'");
        }
        return objectSource(text.substring(0, colon), text.substring(colon + 1), text);
    }

    private static SourceName urlSource(String text) throws PushOrderException {
        try {
            URI url = new URI(text);
            if (url.getHost() == null) {
                throw new PushOrderException("the source's URL has no host");
            }
            if (url.getUserInfo() != null) {
                throw new PushOrderException("the source's URL must not have a user; send a header instead");
            }
            String path = url.getPath() == null ? "" : url.getPath();
            return new SourceName("", "", null, url, name(path, "the source's URL"));
        } catch (URISyntaxException e) {
            // Its text may be a signature.
            throw new PushOrderException("the source is not a valid URL: " + e.getReason());
        }
    }

    private static SourceName objectSource(String bucket, String key, String text) throws PushOrderException {
        int wildcard = NamePattern.firstWildcard(key);
        if (wildcard >= 0) {
            int slash = key.lastIndexOf('/', wildcard);
            return new SourceName(
                    bucket, NamePattern.literal(key.substring(0, slash + 1)), key.substring(slash + 1), null, "");
        }
        String literal = NamePattern.literal(key);
        if (literal.isEmpty() || literal.endsWith("/")) {
            return new SourceName(bucket, literal, "**", null, "");
        }
        return new SourceName(bucket, literal, null, null, name(literal, text));
    }

    private static String name(String path, String text) throws PushOrderException {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('\0') >= 0) {
            throw new PushOrderException(text + " does not end with the name of a file");
        }
        return name;
    }

    /** Resolves a path of an account, which must exist and be readable for it. */
    private Location place(String name, String path) throws PushOrderException {
        Account account = accounts.apply(name)
                .orElseThrow(() -> new PushOrderException("there is no account '" + name + "' that may log in"));
        if (!account.permissions().contains(Permission.READ)) {
            throw new PushOrderException("the account '" + name + "' may not read files");
        }
        int wildcard = NamePattern.firstWildcard(path);
        boolean many = wildcard >= 0 || path.endsWith("/");
        String fixed = wildcard >= 0 ? path.substring(0, path.lastIndexOf('/', wildcard) + 1) : path;
        if (many && !account.permissions().contains(Permission.LIST)) {
            throw new PushOrderException("the account '" + name + "' may not list files");
        }
        try {
            String rest = path.substring(fixed.length());
            Location place = ObjectFileSystems.locate(account, VirtualPath.parse(NamePattern.literal(fixed)))
                    .orElseThrow(() -> new PushOrderException("the account '" + name + "' has nothing at " + fixed));
            String key = place.key();
            boolean folder = many && !key.isEmpty() && !key.endsWith("/");
            return new Location(place.bucket(), escaped(folder ? key + "/" : key) + rest);
        } catch (VfsException e) {
            throw e.failure() == Failure.NAME_INVALID
                    ? new PushOrderException("the path " + path + " is invalid: " + e.getMessage())
                    : new PushOrderException(path + ": " + e.getMessage());
        }
    }

    /** Escapes a text, so that it matches only itself. */
    private static String escaped(String key) {
        return key.replaceAll("[\\\\*?]", "\\\\$0");
    }

    @Override
    public AutoMode autoMode(String name, @Nullable String bucket) throws PushOrderException, RemoteException {
        Remote remote = find(name);
        StoreReachability reachability = sources.reachability();
        reachability.forget(name);
        try (RemoteConnection connection = client.connect(remote)) {
            Capabilities found = connection.probe();
            remotes.remember(name, found);
            AutoMode able = AutoMode.of(found);
            if (able.mode() == TransferMode.STREAMING || bucket == null) {
                return able;
            }
            PresignedRequest request = request(bucket);
            String address = request.url().getRawAuthority();
            return switch (DirectTransfer.ask(connection, request)) {
                case StoreAnswer.Reached answer ->
                    new AutoMode(
                            TransferMode.DIRECT, "its curl reaches the store at " + address + ": " + answer.describe());
                case StoreAnswer.NotReached(String reason) -> {
                    reachability.notReached(remote, request.url());
                    yield new AutoMode(
                            TransferMode.STREAMING, "its curl does not reach the store at " + address + ": " + reason);
                }
            };
        }
    }

    /** Of something that is not there as a rule: that the store says so is all that is asked for. */
    private PresignedRequest request(String bucket) throws PushOrderException {
        try {
            ObjectInfo version = new ObjectInfo(new ObjectKey(bucket, ".slipway-test"), 1, "\"test\"", Instant.EPOCH);
            return sources.store().presign(version, Duration.ofMinutes(5), settings.storeEndpoint());
        } catch (StoreException e) {
            throw new PushOrderException("no URL can be signed for the store: " + e.getMessage());
        }
    }

    @Override
    public RemoteSpace space(String remote, String path) throws PushOrderException, RemoteException {
        if (!path.startsWith("/")) {
            throw new PushOrderException("the path must begin with '/', but is '" + path + "'");
        }
        try (RemoteConnection connection = client.lease(find(remote))) {
            RemoteSpace space = connection.space(path);
            connection.release();
            return space;
        }
    }

    @Override
    public void close() {
        sources.close();
    }
}
