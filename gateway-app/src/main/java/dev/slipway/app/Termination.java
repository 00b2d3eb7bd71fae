package dev.slipway.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/**
 * The operating system's wish that the process end: SIGTERM, SIGINT or SIGHUP. The first one is waited for and acted on;
 * one that comes afterwards ends the process at once. Java's own shutdown hooks can do neither: they end with an exit code
 * of failure, and run on whatever comes.
 *
 * <p>What handles signals in the JDK is {@code sun.misc.Signal} of the module {@code jdk.unsupported}, which is exported
 * for just such uses but makes the compiler warn: hence the reflection.
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
                // As nohup wants it.
                handle.invoke(null, signal, before);
            }
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw new IllegalStateException("SIG" + name + " cannot be handled", e);
            }
            // There is none on this system, or Java was started with -Xrs: whoever did that handles it.
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
