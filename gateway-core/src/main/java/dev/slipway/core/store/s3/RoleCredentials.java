package dev.slipway.core.store.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;
import software.amazon.awssdk.services.sts.StsAsyncClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * The credentials of a role. They are requested when a request first needs them, and renewed in the background before
 * they expire; requests wait only if there are no valid credentials. If the role cannot be assumed, the gateway's own
 * credentials are at fault: {@link dev.slipway.core.Failure#UNAVAILABLE}, never "permission denied".
 *
 * <p>The SDK's own provider blocks the calling thread, which here may be one that many requests share.
 */
final class RoleCredentials implements IdentityProvider<AwsCredentialsIdentity> {
    private static final Logger log = LoggerFactory.getLogger(RoleCredentials.class);

    /** How long to wait after a refusal before the token service is asked again. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final AssumedRole role;
    private final StsAsyncClient client;
    private final Clock clock;

    // Guarded by this, like the following fields.
    @GuardedBy("this")
    private @Nullable Session session;

    @GuardedBy("this")
    private @Nullable CompletableFuture<AwsCredentialsIdentity> request;

    @GuardedBy("this")
    private Instant pausedUntil = Instant.MIN;

    @GuardedBy("this")
    private boolean failing;

    /**
     * @param renewAt when to renew them
     * @param expires when they become invalid
     */
    private record Session(AwsCredentialsIdentity credentials, Instant renewAt, Instant expires) {}

    /** @param client remains the caller's */
    RoleCredentials(AssumedRole role, StsAsyncClient client, Clock clock) {
        this.role = role;
        this.client = client;
        this.clock = clock;
    }

    @Override
    public Class<AwsCredentialsIdentity> identityType() {
        return AwsCredentialsIdentity.class;
    }

    @Override
    public synchronized CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest ignored) {
        Instant now = clock.instant();
        Session current = session;
        if (current != null && now.isBefore(current.renewAt())) {
            return CompletableFuture.completedFuture(current.credentials());
        }
        CompletableFuture<AwsCredentialsIdentity> asked = request;
        if (asked == null || (asked.isDone() && !now.isBefore(pausedUntil))) {
            asked = ask(now);
        }
        if (current != null && now.isBefore(current.expires())) {
            return CompletableFuture.completedFuture(current.credentials());
        }
        // A copy, so that a caller that cancels it does not cancel it for others.
        return asked.copy();
    }

    private synchronized CompletableFuture<AwsCredentialsIdentity> ask(Instant now) {
        CompletableFuture<AwsCredentialsIdentity> asked = client.assumeRole(AssumeRoleRequest.builder()
                        .roleArn(role.arn())
                        .externalId(role.externalId())
                        .roleSessionName(role.sessionName())
                        .durationSeconds(Math.toIntExact(role.duration().toSeconds()))
                        .build())
                .handle((response, thrown) -> {
                    if (thrown != null || response.credentials() == null) {
                        throw refused(thrown);
                    }
                    return taken(response.credentials(), now);
                });
        request = asked;
        return asked;
    }

    private synchronized AwsCredentialsIdentity taken(Credentials credentials, Instant asked) {
        AwsCredentialsIdentity identity = AwsSessionCredentialsIdentity.create(
                credentials.accessKeyId(), credentials.secretAccessKey(), credentials.sessionToken());
        Instant expires = credentials.expiration() == null ? asked.plus(role.duration()) : credentials.expiration();
        // Leaves a quarter of the time for outages of the token service.
        Instant renewAt =
                asked.plus(Duration.between(asked, expires).multipliedBy(3).dividedBy(4));
        session = new Session(identity, renewAt, expires);
        pausedUntil = Instant.MIN;
        if (failing) {
            log.info("The role {} can be assumed again", role.arn());
            failing = false;
        }
        return identity;
    }

    private synchronized SdkClientException refused(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String answer = cause instanceof AwsServiceException service
                ? AwsFailures.describe(service)
                : cause == null ? "the answer has no credentials" : String.valueOf(cause.getMessage());
        String message = "the role " + role.arn() + " cannot be assumed: " + answer;
        if (!failing) {
            log.error("The role {} cannot be assumed: {}", role.arn(), answer);
            failing = true;
        }
        pausedUntil = clock.instant().plus(PAUSE);
        // Without the cause: its status would be mistaken for the store's own answer.
        return SdkClientException.create(message);
    }
}
