package dev.slipway.ftps;

import dev.slipway.core.account.Accounts;
import dev.slipway.core.vfs.FileSystems;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * What all sessions of a server share.
 *
 * @param executor starts a virtual thread per task
 * @param places one permit for each session that may still be opened
 */
record Environment(
        FtpsSettings settings,
        Accounts accounts,
        FileSystems fileSystems,
        Supplier<SSLContext> tls,
        PassivePorts passivePorts,
        BufferPool buffers,
        Executor executor,
        Semaphore places) {}
