package dev.slipway.app;

import dev.slipway.admin.AdminServer;
import dev.slipway.admin.management.Services;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.store.PartPool;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.ingest.watch.Watches;
import dev.slipway.sftp.SftpServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a running gateway.
 *
 * @param resources everything that is to be closed
 * @param certificateAuthority the file of the development CA; null if a certificate is configured
 * @param services behind the commands and the HTTP API
 * @param ftps null if it is off
 * @param sftp null if it is off
 * @param admin null if it is off
 */
record GatewayParts(
        Resources resources,
        TlsIdentities tls,
        @Nullable Path certificateAuthority,
        HostKeys hostKeys,
        PartPool uploadMemory,
        PartPool downloadMemory,
        Sessions sessions,
        GatewayTransfers transfers,
        Watches watches,
        Services services,
        @Nullable FtpsServer ftps,
        @Nullable SftpServer sftp,
        ReadinessProbe readiness,
        @Nullable AdminServer admin,
        BucketProbes probes) {}
