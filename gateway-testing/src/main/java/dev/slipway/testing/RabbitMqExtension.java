package dev.slipway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Implements {@link RabbitMq}. */
final class RabbitMqExtension implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(RabbitMqExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RabbitBroker.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // Stored in the session, so that all classes of this test JVM share it.
        return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
                .computeIfAbsent("server", _ -> start(), RabbitServer.class)
                .broker();
    }

    private static RabbitServer start() {
        try {
            return RabbitServer.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
