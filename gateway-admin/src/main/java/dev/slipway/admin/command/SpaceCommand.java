package dev.slipway.admin.command;

import dev.slipway.admin.management.RemoteConnections;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteSpace;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The free space of a remote server. */
@Command(
        name = "space",
        description = "Connects to a remote server and shows its free space.",
        mixinStandardHelpOptions = true)
final class SpaceCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandContext context;

    @Parameters(index = "0", paramLabel = "REMOTE", description = "The remote; slipway remote list shows all.")
    private String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PATH",
            description = "Path whose file system is measured. Default: that in the remote's configuration")
    private @Nullable String path;

    @Override
    public Integer call() throws IOException {
        return context.with(services -> {
            RemoteConnections connections = services.connections(context.principal());
            String place = path == null ? connections.measuredPath(name) : path;
            RemoteSpace space;
            try {
                space = connections.space(name, place);
            } catch (RemoteException e) {
                throw new IOException(e.getMessage() + "; slipway remote test " + name + " says more", e);
            }
            context.print(text(space, place), json(space, place));
        });
    }

    private static double percentage(RemoteSpace space) {
        return space.total() <= 0 ? 0 : Math.floor(space.available() * 1000.0 / space.total()) / 10;
    }

    private String text(RemoteSpace space, String place) {
        boolean isThere = space.measured().equals(place) || place.equals(space.measured() + "/");
        return (isThere ? "" : name + ":" + place + " does not exist; ") + name + ":" + space.measured() + " has "
                + JobWatch.size(space.available()) + " of " + JobWatch.size(space.total()) + " free ("
                + percentage(space) + "%)";
    }

    private Map<String, @Nullable Object> json(RemoteSpace space, String place) {
        Map<String, @Nullable Object> json = ResourceJson.of(name, place, space);
        json.put("percentage", percentage(space));
        return json;
    }
}
