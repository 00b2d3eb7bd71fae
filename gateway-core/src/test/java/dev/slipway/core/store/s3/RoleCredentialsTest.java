package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.account.SettableClock;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsAsyncClient;

/** When the credentials of a role are requested. Those of the n-th request are named key-n and expire after n hours. */
class RoleCredentialsTest {
    private static final String ARN = "arn:aws:iam::1:role/files";

    private final SettableClock clock = new SettableClock();
    private final TokenService tokens;
    private final StsAsyncClient client;
    private final RoleCredentials credentials;

    RoleCredentialsTest() throws IOException {
        tokens = new TokenService(clock.instant());
        tokens.role(ARN, "bucket", "*");
        client = StsAsyncClient.builder()
                .endpointOverride(tokens.uri())
                .region(Region.US_EAST_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build();
        credentials =
                new RoleCredentials(new AssumedRole(ARN, null, "slipway", Duration.ofHours(1), null), client, clock);
    }

    @AfterEach
    void close() {
        client.close();
        tokens.close();
    }

    private CompletableFuture<AwsCredentialsIdentity> resolve() {
        return credentials.resolveIdentity(ResolveIdentityRequest.builder().build());
    }

    private String key() {
        return resolve().join().accessKeyId();
    }

    @Test
    void concurrentRequestsAskOnce() {
        List<CompletableFuture<AwsCredentialsIdentity>> all =
                IntStream.range(0, 20).mapToObj(_ -> resolve()).toList();

        assertThat(all).allMatch(one -> one.join().accessKeyId().equals("key-1"));
        assertThat(tokens.requests()).hasSize(1);
    }

    @Test
    void aCancelledWaitDoesNotAffectOthers() {
        CompletableFuture<AwsCredentialsIdentity> impatient = resolve();
        CompletableFuture<AwsCredentialsIdentity> other = resolve();

        impatient.cancel(true);

        assertThat(other.join().accessKeyId()).isEqualTo("key-1");
    }

    @Test
    void credentialsAreRenewedBeforeTheyExpireWithoutWaiting() throws InterruptedException {
        assertThat(key()).isEqualTo("key-1");
        clock.advance(Duration.ofMinutes(44));
        assertThat(key()).isEqualTo("key-1");
        assertThat(tokens.requests()).hasSize(1);

        clock.advance(Duration.ofMinutes(2));

        assertThat(resolve())
                .isCompletedWithValueMatching(now -> now.accessKeyId().equals("key-1"));
        Patience.await("the next ones are there", () -> key().equals("key-2"));
        assertThat(tokens.requests()).hasSize(2);
    }

    @Test
    void credentialsStayInUseDuringAnOutageUntilTheyExpire() throws InterruptedException {
        assertThat(key()).isEqualTo("key-1");
        tokens.down(true);

        clock.advance(Duration.ofMinutes(50));
        assertThat(key()).isEqualTo("key-1");
        clock.advance(Duration.ofMinutes(11));
        assertThatThrownBy(this::key)
                .cause()
                .isInstanceOf(SdkClientException.class)
                .hasMessageContaining(ARN);

        tokens.down(false);
        clock.advance(Duration.ofMinutes(1));
        assertThat(key()).startsWith("key-");
    }

    @Test
    void afterARefusalRequestsPause() {
        tokens.down(true);
        assertThatThrownBy(this::key).hasMessageContaining(ARN);
        int asked = tokens.requests().size();
        tokens.down(false);

        assertThatThrownBy(this::key).hasMessageContaining(ARN);
        assertThat(tokens.requests()).hasSize(asked);

        clock.advance(Duration.ofSeconds(6));
        assertThat(key()).startsWith("key-");
    }
}
