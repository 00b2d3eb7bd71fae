package dev.slipway.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/**
 * Handles SIGTERM, SIGINT and SIGHUP. The first signal starts the shutdown; a second one ends the process at once.
 * Java's own shutdown hooks can do neither: they end with a failure exit code, and cannot be cut short.
 *
 * <p>The JDK handles signals with {@code sun.misc.Signal} in the module {@code jdk.unsupported}, which is exported for
 * such uses but makes the compiler warn: hence the reflection.
 */
final class Termination {
    private final CountDownLatch asked = new CountDownLatch(1);

    private Termination() {}

    /** Takes over the signals, for the rest of the process. */
    static Termination takeOver() {
        Termination termination = new Termination();
        for (String signal : new String[] {"TERM", "INT", "HUP"}) {
            termination.handle(signal);
        }
        return termination;
    }

    private void handle(String name) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Method number = signalType.getMethod("getNumber");
            Method handle = signalType.getMethod("handle", signalType, handlerType);
            Object handler = Proxy.newProxyInstance(
                    handlerType.getClassLoader(), new Class<?>[] {handlerType}, (_, _, arguments) -> {
                        received((int) number.invoke(arguments[0]));
                        return null;
                    });
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            Object before = handle.invoke(null, signal, handler);
            if (handlerType.getField("SIG_IGN").get(null).equals(before)) {
                // As nohup requires.
                handle.invoke(null, signal, before);
            }
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw new IllegalStateException("SIG" + name + " cannot be handled", e);
            }
            // The signal does not exist on this system, or Java was started with -Xrs and something else handles it.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("SIG" + name + " cannot be handled", e);
        }
    }

    private void received(int number) {
        if (asked.getCount() == 0) {
            // As a shell reports a process that a signal has ended.
            Runtime.getRuntime().halt(128 + number);
        }
        asked.countDown();
    }

    /** Waits for the first signal. */
    void await() throws InterruptedException {
        asked.await();
    }
}
