package dev.slipway.app;

import java.util.concurrent.CountDownLatch;

/** Keeps a command running until SIGTERM or SIGINT, and the process alive until all is closed. */
final class UntilTerminated {
    private UntilTerminated() {}

    /** Never returns in a process that is to go on; resources are closed in the given order when it ends. */
    static void await(AutoCloseable... resources) throws InterruptedException {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    for (AutoCloseable resource : resources) {
                        try {
                            resource.close();
                        } catch (Exception e) {
                            System.err.println("slipway: did not close cleanly: " + e);
                        }
                    }
                }));
        new CountDownLatch(1).await();
    }
}
