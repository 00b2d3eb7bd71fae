package dev.slipway.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a {@link RabbitBroker}, which all tests of a run share: queues need names of a test's own. It is started when
 * the first one asks. A test that kills its broker starts a {@link RabbitServer}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("server")
@ExtendWith(RabbitMqExtension.class)
public @interface RabbitMq {}
