package dev.slipway.ftps;

import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Hands out the TLS of control connections. Which of them share a context decides what sessions clients can resume. */
final class TlsContexts {
    private final FtpsSettings settings;
    private final Supplier<TlsIdentity> identities;
    private @Nullable TlsIdentity sharedIdentity;
    private @Nullable SSLContext shared;

    TlsContexts(FtpsSettings settings, Supplier<TlsIdentity> identities) {
        this.settings = settings;
        this.identities = identities;
    }

    /** The TLS of a new control connection, with the identity of this moment. */
    ConnectionTls next() {
        TlsIdentity identity = identities.get();
        return new ConnectionTls(
                settings,
                identity,
                settings.sessionReuse() == SessionReuse.ACCEPT ? shared(identity) : identity.newContext());
    }

    private synchronized SSLContext shared(TlsIdentity identity) {
        if (shared == null || !identity.equals(sharedIdentity)) {
            shared = identity.newContext();
            sharedIdentity = identity;
        }
        return shared;
    }
}
