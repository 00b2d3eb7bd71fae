package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagementException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteSpace;
import java.io.IOException;
import java.util.LinkedHashMap;
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
            requireAllowed(services);
            String place = path == null ? usual(services) : path;
            RemoteSpace space;
            try {
                space = services.pushes().space(name, place);
            } catch (PushOrderException e) {
                throw new IOException(e.getMessage(), e);
            } catch (RemoteException e) {
                throw new IOException(e.getMessage() + "; slipway remote test " + name + " says more", e);
            }
            context.print(text(space, place), json(space, place));
        });
    }

    /** Accounts that may not send files to a remote may not see its disks either. */
    private void requireAllowed(Services services) throws IOException, ManagementException {
        Caller caller = context.caller();
        if (caller.administrator()) {
            return;
        }
        Account account = services.accounts().find(caller.user()).entry().account();
        if (!account.has(AccountOption.ADMIN) && !account.remotes().contains(name)) {
            throw new IOException("this account may not use the remote '" + name
                    + "'; an administrator can allow it with: slipway account set " + caller.user() + " --remotes "
                    + name);
        }
    }

    private String usual(Services services) throws IOException, ManagementException {
        Remote remote = services.managedRemotes().find(name);
        if (!remote.fileSystem().isEmpty()) {
            return remote.fileSystem();
        }
        return remote.folders().isEmpty() ? "/" : remote.folders().getFirst();
    }

    private static double percentage(RemoteSpace space) {
        return space.total() <= 0 ? 0 : Math.floor(space.available() * 1000.0 / space.total()) / 10;
    }

    private String text(RemoteSpace space, String place) {
        return name + ":" + place + " has " + JobWatch.size(space.available()) + " of " + JobWatch.size(space.total())
                + " free (" + percentage(space) + "%)";
    }

    private Map<String, Object> json(RemoteSpace space, String place) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("remote", name);
        json.put("path", place);
        json.put("total", space.total());
        json.put("available", space.available());
        json.put("percentage", percentage(space));
        json.put("source", space.source());
        return json;
    }
}
