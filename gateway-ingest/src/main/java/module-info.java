/** Files that arrive without a client: from remote servers and watched folders. It knows no protocol. */
// The modules that packages are exported to are compiled later.
@SuppressWarnings("module")
module dev.slipway.ingest {
    requires transitive dev.slipway.core;
    requires transitive dev.slipway.transfer;
    requires transitive org.jspecify;

    // With the records of settings, which the core creates.
    exports dev.slipway.ingest.target to
            dev.slipway.app,
            dev.slipway.core;
}
