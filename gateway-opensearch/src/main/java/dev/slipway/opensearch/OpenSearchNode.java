package dev.slipway.opensearch;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.node.NodeValidationException;
import org.opensearch.plugins.PluginInfo;
import org.opensearch.transport.Netty4ModulePlugin;

/**
 * A cluster of one OpenSearch node on loopback. OpenSearch's own start script refuses to run as root, and expects its modules
 * in a folder.
 */
public final class OpenSearchNode extends Node {
    private OpenSearchNode(Settings settings) {
        super(
                InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node"),
                List.of(transport()),
                false);
    }

    private static PluginInfo transport() {
        @Nullable String noFolder = null;
        return new PluginInfo(
                "transport-netty4",
                "transport",
                Version.CURRENT.toString(),
                Version.CURRENT,
                Integer.toString(Runtime.version().feature()),
                Netty4ModulePlugin.class.getName(),
                noFolder,
                List.of(),
                false);
    }

    /**
     * Runs until the end of standard input, and prints {@code READY} once it answers.
     *
     * @param arguments its folder, its port for HTTP, and one for other nodes
     */
    public static void main(String... arguments) throws IOException, NodeValidationException {
        Settings settings = Settings.builder()
                .put("path.home", arguments[0])
                .put("path.data", arguments[0] + "/data")
                .put("path.logs", arguments[0] + "/logs")
                .put("http.port", arguments[1])
                .put("transport.port", arguments[2])
                .put("network.host", "127.0.0.1")
                .put("discovery.type", "single-node")
                .put("cluster.name", "tests")
                .put("node.name", "node")
                .put("cluster.routing.allocation.disk.threshold_enabled", false)
                .build();
        try (OpenSearchNode node = new OpenSearchNode(settings)) {
            Node _ = node.start();
            System.out.println("READY");
            while (System.in.read() >= 0) {
                // Until whoever has started it closes it, or ends.
            }
        }
        // Some of its threads are not daemons.
        System.exit(0);
    }
}
