package dev.slipway.ftps.control;

import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.operator.SiteCommands;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.data.PassivePorts;
import dev.slipway.ftps.tls.TlsContexts;
import java.net.InetAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of a server share.
 *
 * @param bindAddress where control connections are listened for
 * @param proxies networks whose control and passive data connections begin with a header that carries the client's
 *     address
 * @param executor starts each task at once, on a thread that may block
 * @param timer for tasks that do not block
 * @param admission decides which control connections may stay
 * @param siteCommands further SITE commands; null for none
 */
public record Environment(
        FtpsSettings settings,
        InetAddress bindAddress,
        ProxyProtocol proxies,
        Accounts accounts,
        Sessions sessions,
        FileSystems fileSystems,
        TlsContexts tls,
        PassivePorts passivePorts,
        BufferPool buffers,
        BufferPool records,
        Executor executor,
        ScheduledExecutorService timer,
        ConnectionAdmission admission,
        @Nullable SiteCommands siteCommands) {}
