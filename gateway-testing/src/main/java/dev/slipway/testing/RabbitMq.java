package dev.slipway.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a {@link RabbitBroker}, which all tests of a run share, so each test needs its own queue names. It starts
 * at the first use. A test that kills its broker starts a {@link RabbitServer}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("server")
@ExtendWith(RabbitMqExtension.class)
public @interface RabbitMq {}
