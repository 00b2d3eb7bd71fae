/** The files of the web console, as the browser gets them. */
@SuppressWarnings("module") // the module that the package is exported to is compiled later
module dev.slipway.console {
    requires static org.jspecify;

    exports dev.slipway.console to
            dev.slipway.admin;
}
