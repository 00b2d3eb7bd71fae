package dev.slipway.core.store.s3;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A role that is assumed for requests (<a
 * href="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html">STS, AssumeRole</a>).
 *
 * @param arn the role
 * @param externalId the external id that the role's owner requires, or null
 * @param sessionName identifies the gateway in the logs of the role's owner: 2 to 64 letters, digits and {@code _=,.@-}
 * @param duration how long credentials are valid, 15 minutes to 12 hours; they are renewed in time
 * @param endpoint the token service, or null for that of an S3-compatible store or, without one, AWS's own
 */
public record AssumedRole(
        String arn,
        @Nullable String externalId,
        String sessionName,
        Duration duration,
        @Nullable URI endpoint) {}
