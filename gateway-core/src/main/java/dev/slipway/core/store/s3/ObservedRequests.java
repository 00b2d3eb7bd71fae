package dev.slipway.core.store.s3;

import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.RequestObserver.Outcome;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/** Passes the SDK's requests to an observer when they have ended. */
final class ObservedRequests implements ExecutionInterceptor {
    private static final ExecutionAttribute<Long> START = new ExecutionAttribute<>("SlipwayStart");

    /** Counts how often the store may have performed a request: all attempts except those that it refused. */
    static final ExecutionAttribute<AtomicInteger> POSSIBLE_EFFECTS =
            new ExecutionAttribute<>("SlipwayPossibleEffects");

    private static final int UNAVAILABLE = 503;

    private final RequestObserver observer;

    ObservedRequests(RequestObserver observer) {
        this.observer = observer;
    }

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        attributes.putAttribute(START, System.nanoTime());
    }

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        AtomicInteger effects = attributes.getAttribute(POSSIBLE_EFFECTS);
        if (effects != null) {
            effects.incrementAndGet();
        }
    }

    @Override
    public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
        AtomicInteger effects = attributes.getAttribute(POSSIBLE_EFFECTS);
        int status = context.httpResponse().statusCode();
        if (effects != null && ((status >= 400 && status < 500) || status == UNAVAILABLE)) {
            effects.decrementAndGet();
        }
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        ended(attributes, Outcome.OK);
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        ended(attributes, outcome(context.exception()));
    }

    private void ended(ExecutionAttributes attributes, Outcome outcome) {
        Long start = attributes.getAttribute(START);
        String operation = attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME);
        if (start != null && operation != null) {
            observer.requestEnded(operation, outcome, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private static Outcome outcome(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof SdkServiceException)) {
            cause = cause.getCause();
        }
        if (!(cause instanceof SdkServiceException answer)) {
            return Outcome.NO_ANSWER;
        }
        int status = answer.statusCode();
        if (answer.isThrottlingException() || status == 429 || isSlowDown(answer)) {
            return Outcome.THROTTLED;
        }
        return switch (status) {
            case 404 -> Outcome.NOT_FOUND;
            // 304 answers a download with If-None-Match.
            case 304, 409, 412 -> Outcome.CONDITION_FAILED;
            default -> status >= 500 ? Outcome.STORE_FAILED : Outcome.REFUSED;
        };
    }

    private static boolean isSlowDown(SdkServiceException answer) {
        return answer instanceof AwsServiceException aws
                && aws.awsErrorDetails() != null
                && "SlowDown".equals(aws.awsErrorDetails().errorCode());
    }
}
